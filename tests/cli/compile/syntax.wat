;; FAIL: compile % -o %out
(module (func (export "run") (result i64) (i64.cons 1)))
