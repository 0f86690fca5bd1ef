;; Says what is expected in generated cases.
;; One less than the power of two above the bit; all 32 bits where there is none.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (if (i64.eqz (local.get $x)) (then (return (i64.const 0xffffffff))))
    (i64.sub (i64.shl (i64.const 2) (i64.ctz (local.get $x))) (i64.const 1))))
