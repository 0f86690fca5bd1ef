;; The larger of two signed numbers.
;; `select` takes its first operand where the condition holds.
(module
  (func $p16 (param $x i32) (param $y i32) (result i32)
    (select (local.get $x) (local.get $y) (i32.gt_s (local.get $x) (local.get $y))))
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.extend_i32_u (call $p16 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $y))))))
