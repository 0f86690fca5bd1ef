;; ENDING: out-of-fuel
;; Fills a table again and again.
(module
  (table $t 10000 funcref)
  (func (export "run") (result i64)
    (loop $again
      (table.fill $t (i32.const 0) (ref.null func) (i32.const 10000))
      (br $again))
    (unreachable)))
