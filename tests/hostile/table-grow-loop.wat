;; ENDING: over-memory
;; Grows its table.
(module
  (table $t 1 funcref)
  (func (export "run") (result i64)
    (loop $again
      (drop (table.grow $t (ref.null func) (i32.const 100)))
      (br $again))
    (unreachable)))
