;; Turn off the rightmost string of 1-bits.
(module
  (func $p17 (param $x i32) (result i32)
    (i32.and
      (i32.add (i32.or (i32.sub (local.get $x) (i32.const 1)) (local.get $x)) (i32.const 1))
      (local.get $x)))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p17 (i32.wrap_i64 (local.get $x))))))
