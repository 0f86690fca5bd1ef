;; ENDING: trap:out-of-bounds-table
(module
  (table $t 4 funcref)
  (func (export "run") (result i64)
    (i64.extend_i32_u (ref.is_null (table.get $t (i32.const 4))))))
