;; FAIL: compile % -o %out
(module (func (export "main") (result i64) (i64.const 1)))
