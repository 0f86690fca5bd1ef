;; ENDING: result
;; GRANT: files
;; The way up from a folder that is deep down: `denied` (2). Neither reading nor writing nor removing gets anywhere.
(module
  (import "files" "read" (func $read (param i32 i32 i32)))
  (import "files" "write" (func $write (param i32 i32 i32 i32 i32)))
  (import "files" "remove" (func $remove (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "../../../../../../../../etc/passwd")
  ;; 0: what a call returned.
  (global (export "__heap_base") i32 (i32.const 128))
  (func $expect-denied
    (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 2)) (then (unreachable)))
    (i64.store (i32.const 0) (i64.const 0)))
  (func (export "run") (result i64)
    (call $write (i32.const 32) (i32.const 34) (i32.const 32) (i32.const 4) (i32.const 0))
    (call $expect-denied)
    (call $read (i32.const 32) (i32.const 34) (i32.const 0))
    (call $expect-denied)
    (call $remove (i32.const 32) (i32.const 34) (i32.const 0))
    (call $expect-denied)
    (i64.const 1)))
