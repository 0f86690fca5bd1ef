;; ENDING: out-of-fuel
;; Moves its whole memory by one byte and back, again and again.
(module
  (memory (export "memory") 16)
  (func (export "run") (result i64)
    (loop $again
      (memory.copy (i32.const 1) (i32.const 0) (i32.const 1048575))
      (memory.copy (i32.const 0) (i32.const 1) (i32.const 1048575))
      (br $again))
    (unreachable)))
