;; How many 1-bits.
;; WebAssembly has an operator for this.
(module
  (func $p23 (param $x i32) (result i32)
    (i32.popcnt (local.get $x)))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p23 (i32.wrap_i64 (local.get $x))))))
