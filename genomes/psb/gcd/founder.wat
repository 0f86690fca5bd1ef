;; A founder: one round of a loop that adds and forgets.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (local $t i64)
    (loop $again
      (local.set $t (i64.add (local.get $a) (local.get $b)))
      (local.set $a (local.get $b))
      (local.set $b (i64.const 0))
      (br_if $again (i64.ne (local.get $b) (i64.const 0))))
    (local.get $a)))
