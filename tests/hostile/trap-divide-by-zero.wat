;; ENDING: trap:integer-divide-by-zero
;; INPUT: 0
(module
  (func (export "run") (param $x i64) (result i64)
    (i64.div_s (i64.const 1) (local.get $x))))
