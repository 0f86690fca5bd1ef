;; ENDING: trap:abi-violation
;; INPUT: 1 2 3
;; An allocator that offers room past the end of the memory.
(module
  (memory (export "memory") 1 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65528))
  (func (export "run") (param i32 i32) (result i32) (i32.const 0)))
