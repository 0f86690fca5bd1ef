;; Euclid with the question asked at the end of a round: two cycles a round cheaper, and wrong on one kind of
;; input: the first remainder is taken before anybody looked whether b is zero, and that traps.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (local $rest i64)
    (loop $again
      (local.set $rest (i64.rem_u (local.get $a) (local.get $b)))
      (local.set $a (local.get $b))
      (local.set $b (local.get $rest))
      (br_if $again (i64.ne (local.get $rest) (i64.const 0))))
    (local.get $a)))
