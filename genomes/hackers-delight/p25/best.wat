;; The high half of an unsigned product.
;; WebAssembly multiplies 64 bits with one operator.
(module
  (func $p25 (param $x i32) (param $y i32) (result i32)
    (i32.wrap_i64
      (i64.shr_u
        (i64.mul (i64.extend_i32_u (local.get $x)) (i64.extend_i32_u (local.get $y)))
        (i64.const 32))))
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.extend_i32_u (call $p25 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $y))))))
