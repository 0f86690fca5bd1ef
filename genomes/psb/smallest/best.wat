;; One after the other against the smallest so far.
(module
  (func (export "run") (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (local.set $a
      (select (local.get $a) (local.get $b) (i64.lt_s (local.get $a) (local.get $b))))
    (local.set $a
      (select (local.get $a) (local.get $c) (i64.lt_s (local.get $a) (local.get $c))))
    (select (local.get $a) (local.get $d) (i64.lt_s (local.get $a) (local.get $d)))))
