;; ENDING: trap:out-of-bounds-memory
;; Reads eight bytes of which the last is past the end.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (result i64) (i64.load (i32.const 65529))))
