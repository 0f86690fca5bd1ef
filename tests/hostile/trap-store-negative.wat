;; ENDING: trap:out-of-bounds-memory
;; Writes below the memory: addresses have no sign, so that is far above it.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (i64.store (i32.const -8) (i64.const 1))
    (i64.const 1)))
