;; ENDING: result
;; GRANT: log
;; CYCLES: 10000000
;; Logs five thousand lines: the first thousand are kept, the others counted, and all are paid for.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "all work and no play")
  (func (export "run") (result i64)
    (local $left i64)
    (local.set $left (i64.const 5000))
    (loop $again
      (call $write (i32.const 1) (i32.const 16) (i32.const 20))
      (local.set $left (i64.sub (local.get $left) (i64.const 1)))
      (br_if $again (i64.ne (local.get $left) (i64.const 0))))
    (i64.const 1)))
