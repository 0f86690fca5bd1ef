;; ENDING: refused:engine
;; REPEAT: i 40
;; Forty memories of no pages: no bytes, but each needs a slot.
(module
  (memory (export "memory") 1)
;;BEGIN
  (memory 0)
;;END
  (func (export "run") (result i64) (i64.const 1)))
