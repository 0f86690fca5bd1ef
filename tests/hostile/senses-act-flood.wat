;; ENDING: over-memory
;; GRANT: senses
;; CYCLES: 100000000
;; Acts without an end.
(module
  (import "senses" "act" (func $act (param i32 i64)))
  (func (export "run") (result i64)
    (loop $again
      (call $act (i32.const 1) (i64.const 1))
      (br $again))
    (unreachable)))
