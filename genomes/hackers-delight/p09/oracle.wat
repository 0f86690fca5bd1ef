;; Says what is expected in generated cases.
;; By asking for the sign.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (if (i64.lt_s (i64.extend32_s (local.get $x)) (i64.const 0)) (then (return (i64.and (i64.sub (i64.const 0) (i64.extend32_s (local.get $x))) (i64.const 0xffffffff)))))
    (local.get $x)))
