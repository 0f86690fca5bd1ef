;; ENDING: trap:abi-violation
;; GRANT: log
;; Logs bytes that are not UTF-8.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\80\80")
  (func (export "run") (result i64)
    (call $write (i32.const 0) (i32.const 16) (i32.const 2))
    (i64.const 1)))
