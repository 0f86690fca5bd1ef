;; ENDING: over-memory
;; CYCLES: 100000000000
;; Asks for four thousand million elements at once.
(module
  (table $t 1 funcref)
  (func (export "run") (result i64)
    (i64.extend_i32_s (table.grow $t (ref.null func) (i32.const -2)))))
