;; ENDING: result
;; GRANT: mail
;; Asks itself and waits for its own answer.
(module
  (import "mail" "me" (func $me (result i32)))
  (import "mail" "ask" (func $ask (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (call $ask (call $me) (i32.const 32) (i32.const 8) (i32.const 0))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (i64.const 1)))
