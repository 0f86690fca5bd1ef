;; ENDING: trap:integer-overflow
;; INPUT: -9223372036854775808 -1
;; The smallest number by minus one: the quotient is one past the largest number.
(module
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.div_s (local.get $x) (local.get $y))))
