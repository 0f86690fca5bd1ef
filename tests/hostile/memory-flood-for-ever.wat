;; ENDING: out-of-fuel
;; GRANT: memory
;; Keeps the same value under the same name without an end.
(module
  (import "memory" "put" (func $put (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (loop $again
      (call $put (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 16) (i32.const 32))
      (br $again))
    (unreachable)))
