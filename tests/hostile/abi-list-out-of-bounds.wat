;; ENDING: trap:abi-violation
;; Returns numbers of which the last is past the end of the memory.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (param i32 i32) (result i32 i32)
    (i32.const 65528)
    (i32.const 2)))
