;; ENDING: refused:too-many-locals
;; REPEAT: i 50000
;; Fifty thousand locals, which take a few bytes to declare.
(module
  (func (export "run") (result i64)
;;BEGIN
    (local i64)
;;END
    (i64.const 1)))
