;; Sign: -1, 0 or 1.
(module
  (func $p13 (param $x i32) (result i32)
    (i32.or
      (i32.shr_s (local.get $x) (i32.const 31))
      (i32.ne (local.get $x) (i32.const 0))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p13 (i32.wrap_i64 (local.get $x))))))
