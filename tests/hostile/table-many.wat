;; ENDING: refused:engine
;; REPEAT: i 40
;; Forty tables of no elements.
(module
;;BEGIN
  (table 0 funcref)
;;END
  (func (export "run") (result i64) (i64.const 1)))
