;; Says what is expected in generated cases.
;; Shifts the trailing ones out and back.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (i64.shl (i64.shr_u (local.get $x) (i64.ctz (i64.xor (local.get $x) (i64.const -1)))) (i64.ctz (i64.xor (local.get $x) (i64.const -1))))))
