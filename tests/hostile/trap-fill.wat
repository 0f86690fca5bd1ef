;; ENDING: trap:out-of-bounds-memory
;; Fills one byte more than there is.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 65537))
    (i64.const 1)))
