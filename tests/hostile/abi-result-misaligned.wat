;; ENDING: trap:abi-violation
;; In the canonical form: the result's own address is no multiple of four.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i32) (i32.const 18)))
