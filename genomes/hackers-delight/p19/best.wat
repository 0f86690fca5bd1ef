;; Exchange two fields: those under m, and those k bits higher.
(module
  (func $p19 (param $x i32) (param $m i32) (param $k i32) (result i32)
    (local $t i32)
    (i32.xor
      (i32.xor
        (i32.shl
          (local.tee $t
            (i32.and
              (i32.xor (i32.shr_u (local.get $x) (local.get $k)) (local.get $x))
              (local.get $m)))
          (local.get $k))
        (local.get $t))
      (local.get $x)))
  (func (export "run") (param $x i64) (param $m i64) (param $k i64) (result i64)
    (i64.extend_i32_u (call $p19 (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (local.get $m)) (i32.wrap_i64 (local.get $k))))))
