;; A polynomial of fifth degree, in whole numbers.
;; For x in quarter turns, -1 to 1: sin = x * (1.5703141 - 0.6420896 x^2 + 0.0718420 x^4), off by 3.4 of 32768 at most.
(module
  (func (export "run") (param $angle i64) (result i64)
    (local $y i64)
    (local $square i64)
    ;; Half a turn to either side: the lowest 16 bits, with their sign.
    (local.set $y (i64.extend16_s (local.get $angle)))
    ;; Past a quarter turn the sine comes down again as it went up.
    (if (i64.gt_s (local.get $y) (i64.const 16384))
      (then (local.set $y (i64.sub (i64.const 32768) (local.get $y)))))
    (if (i64.lt_s (local.get $y) (i64.const -16384))
      (then (local.set $y (i64.sub (i64.const -32768) (local.get $y)))))
    ;; x in units of 2^-14, its square too, coefficients in units of 2^-30.
    (local.set $square (i64.shr_u (i64.mul (local.get $y) (local.get $y)) (i64.const 14)))
    ;; 2^-14 times 2^-30 is 2^-44; the result is in units of 2^-15, and half of one more is added to round.
    (i64.shr_s
      (i64.add
        (i64.mul
          (local.get $y)
          (i64.add
            (i64.shr_s
              (i64.mul
                (local.get $square)
                (i64.sub
                  (i64.shr_s
                    (i64.mul (local.get $square) (i64.const 77139762))
                    (i64.const 14))
                  (i64.const 689438453)))
              (i64.const 14))
            (i64.const 1686111951)))
        (i64.const 0x10000000))
      (i64.const 29))))
