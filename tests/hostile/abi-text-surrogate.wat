;; ENDING: trap:abi-violation
;; WORLD: ecosystem
;; PROMPT: hello
;; Half of a surrogate pair, encoded as if it were a character.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "\ed\a0\80")
  (func (export "answer") (param i32 i32) (result i32 i32)
    (i32.const 16)
    (i32.const 3)))
