;; ENDING: refused:not-granted
;; Wants to sense, and nobody granted it.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (func (export "run") (result i64) (call $sense (i32.const 0))))
