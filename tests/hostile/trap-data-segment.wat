;; ENDING: trap:out-of-bounds-memory
;; A data segment that reaches past the memory: it traps before any code runs.
(module
  (memory (export "memory") 1 1)
  (global (export "__heap_base") i32 (i32.const 1024))
  (data (i32.const 65535) "two")
  (func (export "run") (result i64) (i64.const 1)))
