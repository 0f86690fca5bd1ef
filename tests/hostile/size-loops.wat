;; ENDING: result
;; REPEAT: i 2500
;; Two thousand five hundred loops in one body: the dearest code for a compiler that is still within the bounds.
(module
  (func (export "run") (result i64)
;;BEGIN
    (loop)
;;END
    (i64.const 1)))
