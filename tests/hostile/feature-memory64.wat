;; ENDING: refused:invalid
;; A memory with 64-bit addresses.
(module
  (memory (export "memory") i64 1)
  (func (export "run") (result i64) (i64.load (i64.const 0))))
