;; ENDING: refused:function-too-large
;; REPEAT: i 6000
;; One function of more than 16 KiB.
(module
  (func (export "run") (param $x i64) (result i64)
    (local.get $x)
;;BEGIN
    (i64.const $i) (i64.xor)
;;END
  ))
