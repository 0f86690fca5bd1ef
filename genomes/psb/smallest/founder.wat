;; A founder: the larger of two numbers, and then the first one after all.
(module
  (func (export "run") (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (local $t i64)
    (local.set $t
      (select (local.get $a) (local.get $b) (i64.gt_s (local.get $a) (local.get $b))))
    (local.get $a)))
