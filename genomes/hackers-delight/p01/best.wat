;; Turn off the rightmost 1-bit.
(module
  (func $p01 (param $x i32) (result i32)
    (i32.and (local.get $x) (i32.sub (local.get $x) (i32.const 1))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p01 (i32.wrap_i64 (local.get $x))))))
