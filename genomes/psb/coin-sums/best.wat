;; Every coin is what is left, divided.
(module
  (func (export "run") (param $n i64) (result i64 i64 i64 i64)
    (local $rest i64)
    (i64.rem_u (local.get $n) (i64.const 5))
    (i64.div_u
      (i64.rem_u
        (local.tee $rest (i64.rem_u (local.get $n) (i64.const 25)))
        (i64.const 10))
      (i64.const 5))
    (i64.div_u (local.get $rest) (i64.const 10))
    (i64.div_u (local.get $n) (i64.const 25))))
