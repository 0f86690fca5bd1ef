;; ENDING: refused:too-many-functions
;; REPEAT: i 5000
;; Five thousand functions.
(module
  (func (export "run") (result i64) (i64.const 1))
;;BEGIN
  (func)
;;END
)
