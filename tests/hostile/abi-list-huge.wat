;; ENDING: trap:abi-violation
;; Claims 2^29 numbers: their size in bytes passes 32 bits and comes round to zero.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (param i32 i32) (result i32 i32)
    (i32.const 0)
    (i32.const 0x20000000)))
