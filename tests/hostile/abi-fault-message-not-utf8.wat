;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; In the canonical form: the message of a fault is text as well.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "\01\00\00\00" "\02\00\00\00" "\20\00\00\00" "\02\00\00\00" "\c0\80")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "answer") (param i32 i32) (result i32) (i32.const 16)))
