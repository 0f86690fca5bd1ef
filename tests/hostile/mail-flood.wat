;; ENDING: result
;; GRANT: mail
;; Fills its own mailbox, until a fault says `exhausted` (3).
(module
  (import "mail" "tell" (func $tell (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (local $sent i64)
    (loop $again
      (call $tell (i32.const 0) (i32.const 32) (i32.const 8) (i32.const 0))
      (local.set $sent (i64.add (local.get $sent) (i64.const 1)))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 0)))))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 3)) (then (unreachable)))
    (local.get $sent)))
