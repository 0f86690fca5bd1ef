;; ENDING: refused:too-much-table
;; The bound is 10,000 elements, of all tables together.
(module
  (table 10000 funcref)
  (table 1 externref)
  (func (export "run") (result i64) (i64.const 1)))
