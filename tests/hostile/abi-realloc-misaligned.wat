;; ENDING: trap:abi-violation
;; INPUT: 1 2 3
;; An allocator that does not heed alignment.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1028))
  (func (export "run") (param i32 i32) (result i32) (i32.const 0)))
