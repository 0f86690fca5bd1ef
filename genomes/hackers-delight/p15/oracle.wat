;; Says what is expected in generated cases.
;; Divides the sum, rounding up: one is added to an odd sum first.
(module
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (local $sum i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $y (i64.and (local.get $y) (i64.const 0xffffffff)))
    (local.set $sum (i64.add (i64.extend32_s (local.get $x)) (i64.extend32_s (local.get $y))))
    (i64.and
      (i64.div_s (i64.add (local.get $sum) (i64.and (local.get $sum) (i64.const 1))) (i64.const 2))
      (i64.const 0xffffffff))))
