;; ENDING: refused:not-offered
;; GRANT: human
;; Wants a person, and nobody is at hand.
(module
  (import "human" "ask" (func $ask (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "may I?")
  (func (export "run") (result i64)
    (call $ask (i32.const 16) (i32.const 6) (i32.const 32))
    (i64.const 1)))
