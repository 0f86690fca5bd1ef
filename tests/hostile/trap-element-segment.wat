;; ENDING: trap:out-of-bounds-table
;; An element segment that reaches past the table.
(module
  (table 1 funcref)
  (elem (i32.const 1) $f)
  (func $f)
  (func (export "run") (result i64) (i64.const 1)))
