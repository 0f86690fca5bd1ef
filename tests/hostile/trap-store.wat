;; ENDING: trap:out-of-bounds-memory
(module
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (i32.store8 (i32.const 65536) (i32.const 1))
    (i64.const 1)))
