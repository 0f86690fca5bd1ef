;; ENDING: refused:unknown-import
;; A core module that wants a function of its own environment.
(module
  (import "env" "system" (func $system (param i32) (result i32)))
  (func (export "run") (result i64)
    (i64.extend_i32_u (call $system (i32.const 0)))))
