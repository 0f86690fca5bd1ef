;; ENDING: refused:two-entries
;; A genome is of one world.
(module
  (memory (export "memory") 1)
  (func $same (export "run") (export "answer") (param i32 i32) (result i32 i32)
    (local.get 0)
    (local.get 1)))
