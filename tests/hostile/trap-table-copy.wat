;; ENDING: trap:out-of-bounds-table
(module
  (table $t 4 funcref)
  (func (export "run") (result i64)
    (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 4))
    (i64.const 1)))
