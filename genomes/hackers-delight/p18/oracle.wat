;; Says what is expected in generated cases.
;; Compares with every power of two of 32 bits.
(module
  (func (export "run") (param $x i64) (result i64)
    (local $power i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $power (i64.const 1))
    (loop $again
      (if (i64.eq (local.get $x) (local.get $power)) (then (return (i64.const 1))))
      (local.set $power (i64.shl (local.get $power) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $power) (i64.const 0x100000000))))
    (i64.const 0)))
