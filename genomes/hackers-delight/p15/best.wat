;; Ceiling of the average of two signed numbers.
(module
  (func $p15 (param $x i32) (param $y i32) (result i32)
    (i32.sub
      (i32.or (local.get $x) (local.get $y))
      (i32.shr_s (i32.xor (local.get $x) (local.get $y)) (i32.const 1))))
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.extend_i32_u (call $p15 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $y))))))
