;; ENDING: result
;; GRANT: mail
;; Answers a question that nobody asked, and hands another one on: `not-found` (1), twice.
(module
  (import "mail" "reply" (func $reply (param i64 i32 i32 i32)))
  (import "mail" "delegate" (func $delegate (param i64 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (call $reply (i64.const 12345) (i32.const 32) (i32.const 8) (i32.const 0))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 1)) (then (unreachable)))
    (call $delegate (i64.const -1) (i32.const 0) (i32.const 16))
    (if (i32.ne (i32.load8_u (i32.const 16)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 20)) (i32.const 1)) (then (unreachable)))
    (i64.const 1)))
