;; ENDING: result
;; GRANT: mail
;; A message of one byte more than a message may have: `exhausted` (3).
(module
  (import "mail" "tell" (func $tell (param i32 i32 i32 i32)))
  (memory (export "memory") 2)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (call $tell (i32.const 0) (i32.const 64) (i32.const 65537) (i32.const 0))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 3)) (then (unreachable)))
    (i64.const 1)))
