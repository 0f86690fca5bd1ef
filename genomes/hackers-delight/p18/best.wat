;; Test for a power of two.
;; A power of two is what has one bit.
(module
  (func $p18 (param $x i32) (result i32)
    (i32.eq (i32.popcnt (local.get $x)) (i32.const 1)))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p18 (i32.wrap_i64 (local.get $x))))))
