;; ENDING: refused:too-much-memory
;; Each memory is within the bound, both together are not.
(module
  (memory (export "memory") 200)
  (memory 200)
  (func (export "run") (result i64) (i64.const 1)))
