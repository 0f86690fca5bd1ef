;; ENDING: trap:stack-overflow
;; Two functions that call each other by way of a table.
(module
  (type $step (func (param i64) (result i64)))
  (table funcref (elem $ping $pong))
  (func $ping (type $step)
    (i64.add (i64.const 1) (call_indirect (type $step) (local.get 0) (i32.const 1))))
  (func $pong (type $step)
    (i64.add (i64.const 1) (call_indirect (type $step) (local.get 0) (i32.const 0))))
  (func (export "run") (result i64) (call $ping (i64.const 0))))
