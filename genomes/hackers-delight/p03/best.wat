;; Isolate the rightmost 1-bit.
(module
  (func $p03 (param $x i32) (result i32)
    (i32.and (local.get $x) (i32.sub (i32.const 0) (local.get $x))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p03 (i32.wrap_i64 (local.get $x))))))
