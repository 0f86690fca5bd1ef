;; ENDING: fault
;; WORLD: ecosystem
;; PROMPT: hello
;; In the canonical form: an honest fault. Its code is 2, `denied`.
(module
  (memory (export "memory") 1)
  ;; Byte 16: a fault; 20: its code; 24 and 28: address and length of its message.
  (data (i32.const 16) "\01\00\00\00" "\02\00\00\00" "\20\00\00\00" "\0c\00\00\00" "not by order")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "answer") (param i32 i32) (result i32) (i32.const 16)))
