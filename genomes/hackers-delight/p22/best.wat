;; Parity.
;; WebAssembly counts bits with one operator.
(module
  (func $p22 (param $x i32) (result i32)
    (i32.and (i32.popcnt (local.get $x)) (i32.const 1)))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p22 (i32.wrap_i64 (local.get $x))))))
