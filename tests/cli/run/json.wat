;; RUN: run % 1 --json --grant senses,log --sense 0=180,190
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "senses" "act" (func $act (param i32 i64)))
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "warm")
  (func (export "run") (param i64) (result i64)
    (call $write (i32.const 1) (i32.const 0) (i32.const 4))
    (call $act (i32.const 1) (call $sense (i32.const 0)))
    (call $sense (i32.const 0))))
