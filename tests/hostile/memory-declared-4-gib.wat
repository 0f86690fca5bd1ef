;; ENDING: refused:too-much-memory
;; Declares all that 32 bits can address.
(module
  (memory (export "memory") 65536)
  (func (export "run") (result i64) (i64.const 1)))
