;; ENDING: result
;; GRANT: memory
;; CYCLES: 10000000
;; A name of more than the whole scope, for a value of nothing: names count.
(module
  (import "memory" "put" (func $put (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 20)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (call $put (i32.const 64) (i32.const 1100000) (i32.const 0) (i32.const 0) (i32.const 16))
    (if (i32.eqz (i32.load8_u (i32.const 16))) (then (unreachable)))
    (if (i32.ne (i32.load8_u (i32.const 20)) (i32.const 3)) (then (unreachable)))
    (i64.const 1)))
