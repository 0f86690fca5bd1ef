;; The larger of two: the smaller of a and b; the smaller of c and the larger of a and b.
(module
  (func (export "run") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (local $low i64) (local $high i64)
    (local.set $low
      (select (local.get $a) (local.get $b) (i64.lt_s (local.get $a) (local.get $b))))
    (local.set $high
      (select (local.get $a) (local.get $b) (i64.gt_s (local.get $a) (local.get $b))))
    (local.set $high
      (select (local.get $high) (local.get $c) (i64.lt_s (local.get $high) (local.get $c))))
    (select (local.get $low) (local.get $high) (i64.gt_s (local.get $low) (local.get $high)))))
