;; FAIL: run % 0
(module
  (func $divide (param i64) (result i64) (i64.div_u (i64.const 100) (local.get 0)))
  (func (export "run") (param i64) (result i64) (call $divide (local.get 0))))
