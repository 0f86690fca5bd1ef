;; The next larger number with as many 1-bits.
(module
  (func $p20 (param $x i32) (result i32)
    (local $s i32)
    (local $r i32)
    (i32.or
      (i32.div_u
        (i32.shr_u
          (i32.xor
            (local.tee $r
              (i32.add
                (local.tee $s (i32.and (local.get $x) (i32.sub (i32.const 0) (local.get $x))))
                (local.get $x)))
            (local.get $x))
          (i32.const 2))
        (local.get $s))
      (local.get $r)))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p20 (i32.wrap_i64 (local.get $x))))))
