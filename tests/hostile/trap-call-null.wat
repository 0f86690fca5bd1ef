;; ENDING: trap:null-reference
;; Calls an element that the table has and that nobody has set.
(module
  (type $t (func (result i64)))
  (table 1 funcref)
  (func (export "run") (result i64)
    (call_indirect (type $t) (i32.const 0))))
