;; RUN: compile % -o %out
(module (func (export "run") (result i64) (i64.const 1)))
