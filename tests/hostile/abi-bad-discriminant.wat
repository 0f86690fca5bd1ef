;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; In the canonical form: a result is ok (0) or a fault (1), and this one is neither.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "\07\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "answer") (param i32 i32) (result i32) (i32.const 16)))
