;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; Stops in the middle of a character.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "\e2\82\ac")
  (func (export "answer") (param i32 i32) (result i32 i32)
    (i32.const 16)
    (i32.const 2)))
