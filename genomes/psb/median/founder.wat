;; A founder: compares, and then returns the first number.
(module
  (func (export "run") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (local $t i64)
    (local.set $t
      (select (local.get $a) (local.get $b) (i64.lt_s (local.get $a) (local.get $b))))
    (local.set $t
      (select (local.get $t) (local.get $c) (i64.gt_s (local.get $t) (local.get $c))))
    (local.get $a)))
