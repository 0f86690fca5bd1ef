;; ENDING: result
;; GRANT: files
;; CYCLES: 100000000
;; Writes a file of more than the quota: `exhausted` (3). Nothing of it is there afterwards.
(module
  (import "files" "write" (func $write (param i32 i32 i32 i32 i32)))
  (import "files" "read" (func $read (param i32 i32 i32)))
  (memory (export "memory") 20)
  (data (i32.const 48) "big")
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (call $write (i32.const 48) (i32.const 3) (i32.const 64) (i32.const 1048577) (i32.const 0))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 3)) (then (unreachable)))
    (call $read (i32.const 48) (i32.const 3) (i32.const 16))
    (if (i32.ne (i32.load8_u (i32.const 16)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 20)) (i32.const 1)) (then (unreachable)))
    (i64.const 1)))
