;; ENDING: out-of-fuel
;; GRANT: log
;; Logs without an end.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i64)
    (loop $again
      (call $write (i32.const 3) (i32.const 0) (i32.const 0))
      (br $again))
    (unreachable)))
