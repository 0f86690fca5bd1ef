;; Euclid: replace (a, b) by (b, a mod b) until b is nothing.
;; 12 cycles a round, and the numbers shrink by the golden ratio or faster, so 90 rounds at the very most.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (local $rest i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $b)))
        (local.set $rest (i64.rem_u (local.get $a) (local.get $b)))
        (local.set $a (local.get $b))
        (local.set $b (local.get $rest))
        (br $again)))
    (local.get $a)))
