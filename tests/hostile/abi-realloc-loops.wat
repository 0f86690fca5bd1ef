;; ENDING: out-of-fuel
;; INPUT: 1 2 3
;; An allocator that never returns.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop $for_ever (br $for_ever))
    (unreachable))
  (func (export "run") (param i32 i32) (result i32) (i32.const 0)))
