;; Says what is expected in generated cases.
;; The first number that none of the others is below.
(module
  (func (export "run") (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (if
      (i32.and
        (i32.and
          (i64.le_s (local.get $a) (local.get $b))
          (i64.le_s (local.get $a) (local.get $c)))
        (i64.le_s (local.get $a) (local.get $d)))
      (then (return (local.get $a))))
    (if
      (i32.and
        (i32.and
          (i64.le_s (local.get $b) (local.get $a))
          (i64.le_s (local.get $b) (local.get $c)))
        (i64.le_s (local.get $b) (local.get $d)))
      (then (return (local.get $b))))
    (if
      (i32.and
        (i32.and
          (i64.le_s (local.get $c) (local.get $a))
          (i64.le_s (local.get $c) (local.get $b)))
        (i64.le_s (local.get $c) (local.get $d)))
      (then (return (local.get $c))))
    (local.get $d)))
