;; ENDING: result
;; INPUT: 1 2 3
;; An allocator that offers the place where the result will be read from: the guest harms itself alone, and here the
;; first number, 1, and the second, 2, are read as address and length of nothing.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
  (func (export "run") (param i32 i32) (result i32)
    ;; The pair at 32 is zeros: no numbers.
    (i32.const 32)))
