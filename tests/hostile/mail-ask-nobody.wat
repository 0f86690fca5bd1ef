;; ENDING: result
;; GRANT: mail
;; Asks an agent that does not exist. It must be told so, not wait for ever.
(module
  (import "mail" "ask" (func $ask (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (call $ask (i32.const -1) (i32.const 32) (i32.const 8) (i32.const 0))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (i64.const 1)))
