;; ENDING: result
;; INPUT: -9223372036854775808 -1
;; The remainder of the same two numbers is 0 and no overflow, whatever the machine's own instruction does.
(module
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (if (i64.ne (i64.rem_s (local.get $x) (local.get $y)) (i64.const 0)) (then (unreachable)))
    (i64.const 0)))
