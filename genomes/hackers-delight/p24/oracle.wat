;; Says what is expected in generated cases.
;; Doubles one until it is large enough; nothing where 32 bits cannot hold it.
(module
  (func (export "run") (param $x i64) (result i64)
    (local $power i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (if (i64.eqz (local.get $x)) (then (return (i64.const 0))))
    (local.set $power (i64.const 1))
    (block $done
      (loop $again
        (br_if $done (i64.ge_u (local.get $power) (local.get $x)))
        (local.set $power (i64.shl (local.get $power) (i64.const 1)))
        (br $again)))
    (i64.and (local.get $power) (i64.const 0xffffffff))))
