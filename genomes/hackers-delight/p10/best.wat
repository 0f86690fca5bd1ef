;; Test nlz(x) = nlz(y).
;; WebAssembly counts leading zeros with one operator.
(module
  (func $p10 (param $x i32) (param $y i32) (result i32)
    (i32.eq (i32.clz (local.get $x)) (i32.clz (local.get $y))))
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.extend_i32_u (call $p10 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $y))))))
