;; Mask of the trailing zeros.
(module
  (func $p08 (param $x i32) (result i32)
    (i32.and (i32.xor (local.get $x) (i32.const -1)) (i32.sub (local.get $x) (i32.const 1))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p08 (i32.wrap_i64 (local.get $x))))))
