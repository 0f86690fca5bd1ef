;; Says what is expected in generated cases.
;; Multiplies as on paper: adds x shifted for every bit of y. The sum fits in 64 bits.
(module
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (local $sum i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $y (i64.and (local.get $y) (i64.const 0xffffffff)))
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $y)))
        (if (i32.wrap_i64 (i64.and (local.get $y) (i64.const 1)))
          (then (local.set $sum (i64.add (local.get $sum) (local.get $x)))))
        (local.set $x (i64.shl (local.get $x) (i64.const 1)))
        (local.set $y (i64.shr_u (local.get $y) (i64.const 1)))
        (br $again)))
    (i64.shr_u (local.get $sum) (i64.const 32))))
