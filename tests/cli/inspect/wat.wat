;; RUN: inspect % --wat
(module (func $body (export "run") (param i64) (result i64) (local.get 0)))
