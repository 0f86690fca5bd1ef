;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; Claims an answer of 4 GiB.
(module
  (memory (export "memory") 1 1)
  (func (export "answer") (param i32 i32) (result i32 i32)
    (i32.const 0)
    (i32.const -1)))
