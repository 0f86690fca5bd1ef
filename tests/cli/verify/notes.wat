;; RUN: verify %
(module
  (func $spin (loop (br 0)))
  (func $pick (param i32) (block (br_table 0 0 (local.get 0))))
  (func (export "run") (param i64) (result i64)
    (call $pick (i32.wrap_i64 (local.get 0)))
    (if (i64.eqz (local.get 0)) (then (call $spin)))
    (local.get 0)))
