;; Round up to a power of two.
;; clz(x - 1) seen as 64 bits is 64 for x = 1 and at least 32 otherwise. Turning 1 to the right by it leaves
;; 2^(64 - clz), which is cut off where it needs a 33rd bit.
(module
  (func $p24 (param $x i32) (result i32)
    (i32.wrap_i64
      (i64.rotr
        (i64.const 1)
        (i64.clz (i64.extend_i32_u (i32.sub (local.get $x) (i32.const 1)))))))
  (func (export "run") (param $x i64) (result i64)
    (i64.extend_i32_u (call $p24 (i32.wrap_i64 (local.get $x))))))
