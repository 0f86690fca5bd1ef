;; ENDING: refused:too-much-table
;; Declares a table of four thousand million elements.
(module
  (table 4294967295 funcref)
  (func (export "run") (result i64) (i64.const 1)))
