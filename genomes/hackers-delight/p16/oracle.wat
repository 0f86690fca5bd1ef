;; Says what is expected in generated cases.
;; By asking which is larger.
(module
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $y (i64.and (local.get $y) (i64.const 0xffffffff)))
    (if (i64.lt_s (i64.extend32_s (local.get $x)) (i64.extend32_s (local.get $y))) (then (return (local.get $y))))
    (local.get $x)))
