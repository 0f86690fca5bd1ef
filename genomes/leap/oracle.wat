;; Says what is expected in generated cases: leap years so far, less those of the year before.
;; Up to year y there are floor(y / 4) - floor(y / 100) + floor(y / 400), counted from year 1.
(module
  ;; The quotient rounded down, for a positive divisor: `div_s` rounds towards zero.
  (func $floor (param $y i64) (param $by i64) (result i64)
    (i64.sub
      (i64.div_s (local.get $y) (local.get $by))
      (i64.extend_i32_u
        (i64.lt_s (i64.rem_s (local.get $y) (local.get $by)) (i64.const 0)))))
  (func $until (param $y i64) (result i64)
    (i64.add
      (i64.sub
        (call $floor (local.get $y) (i64.const 4))
        (call $floor (local.get $y) (i64.const 100)))
      (call $floor (local.get $y) (i64.const 400))))
  (func (export "run") (param $year i64) (result i64)
    ;; The smallest number has no year before it; 400 years later it is the same.
    (local.set $year (i64.rem_s (local.get $year) (i64.const 400)))
    (i64.sub
      (call $until (local.get $year))
      (call $until (i64.sub (local.get $year) (i64.const 1))))))
