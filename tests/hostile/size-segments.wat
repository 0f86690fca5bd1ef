;; ENDING: result
;; REPEAT: i 20000
;; Twenty thousand data segments, all to the same place.
(module
  (memory (export "memory") 1)
  (func (export "run") (result i64) (i64.load8_u (i32.const 0)))
;;BEGIN
  (data (i32.const 0) "\07")
;;END
)
