;; The floating-point square root, corrected.
;; Rounding n to a double can only carry the root up to the next whole number, never below the right one: what
;; rounding takes from n is at most 2^9, and that moves the root by less than half of its last place.
;; So one test decides, and one is taken off where the square is past n. The square fits: it is below 2^64.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $root i64)
    (local.set $root (i64.trunc_f64_s (f64.sqrt (f64.convert_i64_s (local.get $n)))))
    (i64.sub
      (local.get $root)
      (i64.extend_i32_u
        (i64.gt_u
          (i64.mul (local.get $root) (local.get $root))
          (local.get $n))))))
