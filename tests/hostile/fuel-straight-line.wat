;; ENDING: out-of-fuel
;; INPUT: 1
;; CYCLES: 100
;; REPEAT: i 200
;; No loop and no call: straight-line code that passes its budget, and would return if nobody compared afterwards.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.get $x)
;;BEGIN
    (i64.const $i) (i64.add)
;;END
  ))
