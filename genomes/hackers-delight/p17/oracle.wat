;; Says what is expected in generated cases.
;; Takes ones out from the lowest up until the first zero.
(module
  (func (export "run") (param $x i64) (result i64)
    (local $bit i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (if (i64.eqz (local.get $x)) (then (return (i64.const 0))))
    (local.set $bit (i64.shl (i64.const 1) (i64.ctz (local.get $x))))
    (block $done
      (loop $again
        (br_if $done (i64.eqz (i64.and (local.get $x) (local.get $bit))))
        (local.set $x (i64.xor (local.get $x) (local.get $bit)))
        (local.set $bit (i64.shl (local.get $bit) (i64.const 1)))
        (br $again)))
    (local.get $x)))
