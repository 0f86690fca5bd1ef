;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; In the canonical form: a fault of a kind that does not exist.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "\01\00\00\00" "\63\00\00\00" "\00\00\00\00" "\00\00\00\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "answer") (param i32 i32) (result i32) (i32.const 16)))
