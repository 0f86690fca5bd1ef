;; Says what is expected in generated cases.
;; A number is in the middle where its differences to the others do not have the same sign.
(module
  (func (export "run") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (if
      (i64.le_s
        (i64.mul
          (i64.sub (local.get $a) (local.get $b))
          (i64.sub (local.get $a) (local.get $c)))
        (i64.const 0))
      (then (return (local.get $a))))
    (if
      (i64.le_s
        (i64.mul
          (i64.sub (local.get $b) (local.get $a))
          (i64.sub (local.get $b) (local.get $c)))
        (i64.const 0))
      (then (return (local.get $b))))
    (local.get $c)))
