;; ENDING: refused:unknown-import
;; A core module that wants the host's memory for its own.
(module
  (import "env" "memory" (memory 1))
  (func (export "run") (result i64) (i64.load (i32.const 0))))
