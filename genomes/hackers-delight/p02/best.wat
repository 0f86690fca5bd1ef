;; Test for the form 2^n - 1 (zero if so).
(module
  (func $p02 (param $x i32) (result i32)
    (i32.and (local.get $x) (i32.add (local.get $x) (i32.const 1))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p02 (i32.wrap_i64 (local.get $x))))))
