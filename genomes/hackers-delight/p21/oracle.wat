;; Says what is expected in generated cases.
;; By asking.
(module
  (func (export "run") (param $x i64) (param $a i64) (param $b i64) (param $c i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $a (i64.and (local.get $a) (i64.const 0xffffffff)))
    (local.set $b (i64.and (local.get $b) (i64.const 0xffffffff)))
    (local.set $c (i64.and (local.get $c) (i64.const 0xffffffff)))
    (if (i64.eq (local.get $x) (local.get $a)) (then (return (local.get $b))))
    (if (i64.eq (local.get $x) (local.get $c)) (then (return (local.get $a))))
    (local.get $c)))
