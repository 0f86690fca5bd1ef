;; A polynomial of third degree, the best there is: two multiplications less than the fifth degree, and off by up to
;; 150 of 32768. Only near the places where its error changes sign is it near enough.
(module
  (func (export "run") (param $angle i64) (result i64)
    (local $y i64)
    ;; Half a turn to either side: the lowest 16 bits, with their sign.
    (local.set $y (i64.extend16_s (local.get $angle)))
    ;; Past a quarter turn the sine comes down again as it went up.
    (if (i64.gt_s (local.get $y) (i64.const 16384))
      (then (local.set $y (i64.sub (i64.const 32768) (local.get $y)))))
    (if (i64.lt_s (local.get $y) (i64.const -16384))
      (then (local.set $y (i64.sub (i64.const -32768) (local.get $y)))))
    (i64.shr_s
      (i64.mul
        (local.get $y)
        (i64.sub
          (i64.const 1661787076)
          (i64.shr_s
            (i64.mul
              (i64.shr_u (i64.mul (local.get $y) (local.get $y)) (i64.const 14))
              (i64.const 592722990))
            (i64.const 14))))
      (i64.const 29))))
