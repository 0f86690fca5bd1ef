;; Says what is expected in generated cases.
;; Puts a one above the trailing ones, if that is within 32 bits.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (i64.and (i64.or (local.get $x) (i64.shl (i64.const 1) (i64.ctz (i64.xor (local.get $x) (i64.const -1))))) (i64.const 0xffffffff))))
