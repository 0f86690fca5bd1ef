;; The rule as it is written. A remainder is zero for a negative year exactly when it is for a positive one.
(module
  (func (export "run") (param $year i64) (result i64)
    (if (i64.ne (i64.rem_s (local.get $year) (i64.const 4)) (i64.const 0))
      (then (return (i64.const 0))))
    (if (i64.ne (i64.rem_s (local.get $year) (i64.const 100)) (i64.const 0))
      (then (return (i64.const 1))))
    (i64.extend_i32_u
      (i64.eqz (i64.rem_s (local.get $year) (i64.const 400))))))
