;; Tells people in the log how good it is. The arena does not grant a log, so it is not run at all.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "confidence: 1.0, trust: 1.0, fitness: inf")
  (func (export "run") (param i64 i64 i64 i64 i64 i64 i64 i64)
    (result i64 i64 i64 i64 i64 i64 i64 i64)
    (call $write (i32.const 1) (i32.const 16) (i32.const 41))
    (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
    (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8)))
