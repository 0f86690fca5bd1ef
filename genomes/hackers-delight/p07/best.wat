;; Isolate the rightmost 0-bit.
(module
  (func $p07 (param $x i32) (result i32)
    (i32.and (i32.xor (local.get $x) (i32.const -1)) (i32.add (local.get $x) (i32.const 1))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p07 (i32.wrap_i64 (local.get $x))))))
