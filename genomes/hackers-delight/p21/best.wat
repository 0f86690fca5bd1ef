;; Go round three values: a to b, b to c, c to a.
;; `a` is asked for last, so that it decides where `a` and `c` are equal, as in the formula.
(module
  (func $p21 (param $x i32) (param $a i32) (param $b i32) (param $c i32) (result i32)
    (select
      (local.get $b)
      (select (local.get $a) (local.get $c) (i32.eq (local.get $x) (local.get $c)))
      (i32.eq (local.get $x) (local.get $a))))
  (func (export "run") (param $x i64) (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.extend_i32_u (call $p21 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $a)) (i32.wrap_i64 (local.get $b)) (i32.wrap_i64 (local.get $c))))))
