;; ENDING: trap:abi-violation
;; GRANT: random
;; INPUT: 1 2 3
;; An allocator that calls the host while the host is writing an argument.
(module
  (import "random" "next" (func $next (result i64)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (drop (call $next))
    (i32.const 1024))
  (func (export "run") (param i32 i32) (result i32) (i32.const 0)))
