;; ENDING: refused:invalid
;; Throws.
(module
  (tag $t)
  (func (export "run") (result i64) (throw $t)))
