;; Says what is expected in generated cases.
;; Bit by bit: where bits i and i + k differ and m has bit i, both are turned over.
(module
  (func (export "run") (param $x i64) (param $m i64) (param $k i64) (result i64)
    (local $i i64)
    (local $out i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $m (i64.and (local.get $m) (i64.const 0xffffffff)))
    (local.set $k (i64.and (local.get $k) (i64.const 0xffffffff)))
    (local.set $k (i64.and (local.get $k) (i64.const 31)))
    (local.set $out (local.get $x))
    (loop $again
      (if
        (i64.ne
          (i64.and
            (i64.and
              (i64.shr_u (local.get $m) (local.get $i))
              (i64.xor
                (i64.shr_u (local.get $x) (local.get $i))
                (i64.shr_u (local.get $x) (i64.add (local.get $i) (local.get $k)))))
            (i64.const 1))
          (i64.const 0))
        (then
          (local.set $out (i64.xor (local.get $out) (i64.shl (i64.const 1) (local.get $i))))
          (local.set $out
            (i64.xor (local.get $out) (i64.shl (i64.const 1) (i64.add (local.get $i) (local.get $k)))))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $i) (i64.const 32))))
    (i64.and (local.get $out) (i64.const 0xffffffff))))
