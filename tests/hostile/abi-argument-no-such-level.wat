;; ENDING: trap:abi-violation
;; GRANT: log
;; Logs at a level that does not exist.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "line")
  (func (export "run") (result i64)
    (call $write (i32.const 9) (i32.const 16) (i32.const 4))
    (i64.const 1)))
