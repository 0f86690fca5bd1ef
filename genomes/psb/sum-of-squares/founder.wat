;; A founder: counts to n and adds one in every round.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $i i64) (local $sum i64)
    (loop $again
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (local.set $sum (i64.add (local.get $sum) (i64.const 1)))
      (br_if $again (i64.lt_s (local.get $i) (local.get $n))))
    (local.get $sum)))
