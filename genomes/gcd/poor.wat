;; Not a rival: a founder for evolution, a few small edits away from Euclid.
;; It subtracts where it should take the remainder, stops at a remainder of one as if it were nothing, and gives up
;; after three rounds.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (local $rest i64)
    (local $rounds i64)
    (block $done
      (loop $again
        (br_if $done (i64.lt_u (local.get $b) (i64.const 2)))
        (br_if $done (i64.ge_u (local.get $rounds) (i64.const 3)))
        (local.set $rounds (i64.add (local.get $rounds) (i64.const 1)))
        (local.set $rest (i64.sub (local.get $a) (local.get $b)))
        (local.set $a (local.get $b))
        (local.set $b (local.get $rest))
        (br $again)))
    (local.get $a)))
