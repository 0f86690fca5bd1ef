;; ENDING: result
;; GRANT: files
;; A path of 60,000 bytes: `denied` (2).
(module
  (import "files" "write" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 60032))
  (func (export "run") (result i64)
    (memory.fill (i32.const 32) (i32.const 97) (i32.const 60000))
    (call $write (i32.const 32) (i32.const 60000) (i32.const 0) (i32.const 0) (i32.const 0))
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 2)) (then (unreachable)))
    (i64.const 1)))
