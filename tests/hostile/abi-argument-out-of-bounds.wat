;; ENDING: trap:abi-violation
;; GRANT: log
;; Logs a line that is longer than the memory.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (call $write (i32.const 0) (i32.const 16) (i32.const 0x7fffffff))
    (i64.const 1)))
