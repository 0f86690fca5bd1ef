;; RUN: compile % -o -
;; PRINT-STDOUT: no
(module (func (export "run") (result i64) (i64.const 1)))
