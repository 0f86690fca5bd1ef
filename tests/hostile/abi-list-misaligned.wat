;; ENDING: trap:abi-violation
;; Returns numbers at an address that is no multiple of eight.
(module
  (memory (export "memory") 1)
  (func (export "run") (param i32 i32) (result i32 i32)
    (i32.const 20)
    (i32.const 1)))
