;; ENDING: trap:stack-overflow
;; INPUT: 1 2 3
;; An allocator that asks itself.
(module
  (memory (export "memory") 1)
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.add
      (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3))
      (i32.const 8)))
  (func (export "run") (param i32 i32) (result i32) (i32.const 0)))
