;; ENDING: trap:unreachable
;; INPUT: 1 2 3
;; The module says that it needs nearly all of its only page, so its allocator has no room for three numbers.
(module
  (memory (export "memory") 1 1)
  (global (export "__heap_base") i32 (i32.const 65504))
  (func (export "run") (param i32 i32) (result i32 i32)
    (local.get 0)
    (local.get 1)))
