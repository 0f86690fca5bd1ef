;; Signed division of 64-bit numbers by long.js, which takes and returns them in halves.
(module
  (import "module" "div_s" (func $divide (param $a_low i32) (param $a_high i32) (param $b_low i32) (param $b_high i32) (result i32)))
  (import "module" "get_high" (func $high (result i32)))
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (i64.extend_i32_u
      (call $divide
        (i32.wrap_i64 (local.get $a))
        (i32.wrap_i64 (i64.shr_u (local.get $a) (i64.const 32)))
        (i32.wrap_i64 (local.get $b))
        (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 32)))))
    (i64.shl (i64.extend_i32_u (call $high)) (i64.const 32))
    (i64.or)))
