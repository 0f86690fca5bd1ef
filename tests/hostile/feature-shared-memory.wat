;; ENDING: refused:invalid
;; A memory for several threads.
(module
  (memory (export "memory") 1 1 shared)
  (func (export "run") (result i64) (i64.const 1)))
