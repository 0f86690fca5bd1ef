;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; Answers with text of which the last byte is past the end of the memory.
(module
  (memory (export "memory") 1 1)
  (func (export "answer") (param i32 i32) (result i32 i32)
    (i32.const 65530)
    (i32.const 7)))
