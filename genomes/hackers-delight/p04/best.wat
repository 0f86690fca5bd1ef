;; Mask of the rightmost 1-bit and the zeros behind it.
(module
  (func $p04 (param $x i32) (result i32)
    (i32.xor (local.get $x) (i32.sub (local.get $x) (i32.const 1))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p04 (i32.wrap_i64 (local.get $x))))))
