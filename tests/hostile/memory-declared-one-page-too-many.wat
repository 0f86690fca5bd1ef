;; ENDING: refused:too-much-memory
;; The bound is 256 pages.
(module
  (memory (export "memory") 257)
  (func (export "run") (result i64) (i64.const 1)))
