;; Turn on the rightmost 0-bit.
(module
  (func $p06 (param $x i32) (result i32)
    (i32.or (local.get $x) (i32.add (local.get $x) (i32.const 1))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p06 (i32.wrap_i64 (local.get $x))))))
