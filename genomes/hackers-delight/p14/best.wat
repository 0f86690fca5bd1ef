;; Floor of the average of two signed numbers.
;; The sum of two 32-bit numbers fits in 64 bits.
(module
  (func $p14 (param $x i32) (param $y i32) (result i32)
    (i32.wrap_i64
      (i64.shr_s
        (i64.add (i64.extend_i32_s (local.get $x)) (i64.extend_i32_s (local.get $y)))
        (i64.const 1))))
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.extend_i32_u (call $p14 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $y))))))
