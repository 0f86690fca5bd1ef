;; Says what is expected in generated cases.
;; Adds as many ones as there are trailing zeros.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (if (i64.eqz (local.get $x)) (then (return (i64.const 0xffffffff))))
    (i64.or (local.get $x) (i64.sub (i64.shl (i64.const 1) (i64.ctz (local.get $x))) (i64.const 1)))))
