;; RUN: run % --grant senses,log --sense 0=5
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "senses" "act" (func $act (param i32 i64)))
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "hello")
  (func (export "run") (result i64)
    (call $write (i32.const 2) (i32.const 0) (i32.const 5))
    (call $act (i32.const 3) (call $sense (i32.const 0)))
    (i64.const 0)))
