;; ENDING: result
;; A table that grows past its own maximum does not grow, and the guest is told so.
(module
  (table $t 1 2 funcref)
  (func (export "run") (result i64)
    (if (i32.ne (table.grow $t (ref.null func) (i32.const 1)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (table.grow $t (ref.null func) (i32.const 1)) (i32.const -1)) (then (unreachable)))
    (i64.const 1)))
