;; RUN: inspect %
(module
  (memory 1 4)
  (global $g (mut i64) (i64.const 0))
  (data (i32.const 0) "some data")
  (func $helper (param i64) (result i64) (local i32) (local.get 0))
  (func $body (export "run") (param i64) (result i64) (call $helper (local.get 0))))
