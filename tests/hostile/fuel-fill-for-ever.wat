;; ENDING: out-of-fuel
;; Fills its whole memory again and again: few instructions, much work.
(module
  (memory (export "memory") 16)
  (func (export "run") (result i64)
    (loop $again
      (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 1048576))
      (br $again))
    (unreachable)))
