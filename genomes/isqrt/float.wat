;; The floating-point square root, believed. A double keeps 53 bits of n, so a number just below a large square
;; becomes that square, and the root comes out one too large.
(module
  (func (export "run") (param $n i64) (result i64)
    (i64.trunc_f64_s (f64.sqrt (f64.convert_i64_s (local.get $n))))))
