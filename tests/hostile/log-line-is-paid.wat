;; ENDING: out-of-fuel
;; GRANT: log
;; CYCLES: 60000
;; A line costs its bytes: a whole page of them is more than the budget.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i64)
    (call $write (i32.const 2) (i32.const 0) (i32.const 65536))
    (i64.const 1)))
