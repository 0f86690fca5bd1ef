;; FAIL: compile % -o %out
(module (func (export "run") (param f64) (result i64) (i64.const 1)))
