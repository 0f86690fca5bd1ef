;; A founder: asks the wrong questions and gives the wrong answers.
(module
  (func (export "run") (param $n i64) (result i64)
    (if (i64.eqz (i64.rem_u (local.get $n) (i64.const 2)))
      (then (return (i64.const 0))))
    (if (i64.eqz (i64.rem_u (local.get $n) (i64.const 7)))
      (then (return (i64.const 0))))
    (local.get $n)))
