;; ENDING: trap:indirect-call-mismatch
;; Calls a function that takes a number as one that takes an address.
(module
  (type $takes-address (func (param i32) (result i64)))
  (table funcref (elem $takes-number))
  (func $takes-number (param i64) (result i64) (local.get 0))
  (func (export "run") (result i64)
    (call_indirect (type $takes-address) (i32.const 7) (i32.const 0))))
