;; ENDING: result
;; REPEAT: i 2500
;; As many loops as a body may hold, one after the other: the dearest code for a compiler that is still within the bounds.
(module
  (func (export "run") (result i64)
;;BEGIN
    (loop)
;;END
    (i64.const 1)))
