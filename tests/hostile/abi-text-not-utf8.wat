;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; Answers with bytes that are not UTF-8.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "\ff\fe\fd\fc")
  (func (export "answer") (param i32 i32) (result i32 i32)
    (i32.const 16)
    (i32.const 4)))
