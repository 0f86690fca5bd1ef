;; ENDING: trap:out-of-bounds-table
;; Calls an element that the table does not have.
(module
  (type $t (func (result i64)))
  (table 1 funcref)
  (func (export "run") (result i64)
    (call_indirect (type $t) (i32.const -1))))
