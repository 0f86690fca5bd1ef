;; ENDING: result
;; GRANT: senses
;; A channel that nobody feeds reads 0.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (func (export "run") (result i64)
    (if (i64.ne (call $sense (i32.const -1)) (i64.const 0)) (then (unreachable)))
    (i64.const 0)))
