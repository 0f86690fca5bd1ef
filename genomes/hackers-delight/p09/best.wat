;; Absolute value.
(module
  (func $p09 (param $x i32) (result i32)
    (local $sign i32)
    (i32.sub
      (i32.xor (local.get $x) (local.tee $sign (i32.shr_s (local.get $x) (i32.const 31))))
      (local.get $sign)))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p09 (i32.wrap_i64 (local.get $x))))))
