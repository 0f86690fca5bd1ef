;; Says what is expected in generated cases.
;; Shifts both to the right until one is nothing: then the other is nothing too.
(module
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $y (i64.and (local.get $y) (i64.const 0xffffffff)))
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $x)))
        (br_if $done (i64.eqz (local.get $y)))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 1)))
        (local.set $y (i64.shr_u (local.get $y) (i64.const 1)))
        (br $again)))
    (i64.extend_i32_u (i64.eqz (i64.or (local.get $x) (local.get $y))))))
