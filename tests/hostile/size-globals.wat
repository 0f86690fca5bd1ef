;; ENDING: refused:too-many-globals
;; REPEAT: i 70000
;; Seventy thousand globals make an instance larger than a slot.
(module
  (func (export "run") (result i64) (i64.const 1))
;;BEGIN
  (global i64 (i64.const 0))
;;END
)
