;; Says what is expected in generated cases.
;; Adds the bits up without carry, one by one.
(module
  (func (export "run") (param $x i64) (result i64)
    (local $n i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $x)))
        (local.set $n (i64.xor (local.get $n) (i64.and (local.get $x) (i64.const 1))))
        (local.set $x (i64.shr_u (local.get $x) (i64.const 1)))
        (br $again)))
    (local.get $n)))
