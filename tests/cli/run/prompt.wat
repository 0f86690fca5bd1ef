;; RUN: run % hello there
(module (memory 1)
  (func (export "answer") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1)))
