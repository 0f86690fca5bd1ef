;; Says what is expected in generated cases.
;; Moves the top of the lowest string of ones up by one and the others of it to the bottom.
;; Where there is no bit above, the book's formula has lost the carry; what is left is (x >> 2) >> ntz(x).
(module
  (func (export "run") (param $x i64) (result i64)
    (local $low i64)
    (local $ones i64)
    (local $end i64)
    (local.set $x (i64.and (local.get $x) (i64.const 0xffffffff)))
    (local.set $low (i64.ctz (local.get $x)))
    (local.set $ones
      (i64.ctz (i64.xor (i64.shr_u (local.get $x) (local.get $low)) (i64.const -1))))
    (local.set $end (i64.add (local.get $low) (local.get $ones)))
    (if (i64.ge_u (local.get $end) (i64.const 32))
      (then (return (i64.shr_u (i64.shr_u (local.get $x) (i64.const 2)) (local.get $low)))))
    (i64.or
      (i64.shl (i64.or (i64.shr_u (local.get $x) (local.get $end)) (i64.const 1)) (local.get $end))
      (i64.sub (i64.shl (i64.const 1) (i64.sub (local.get $ones) (i64.const 1))) (i64.const 1)))))
