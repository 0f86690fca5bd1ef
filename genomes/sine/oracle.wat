;; Says what is expected in generated cases: Taylor's series in floating point, x - x^3/3! + x^5/5! - ..., for angles of
;; at most half a turn. Terms are added until they change nothing. Only operators whose results are the same on every
;; machine are used.
(module
  (func (export "run") (param $angle i64) (result i64)
    (local $x f64)
    (local $term f64)
    (local $sum f64)
    (local $before f64)
    (local $n f64)
    ;; pi / 32768 radians an angle.
    (local.set $x
      (f64.mul
        (f64.convert_i64_s (i64.extend16_s (local.get $angle)))
        (f64.const 9.587379924285257e-5)))
    (local.set $term (local.get $x))
    (local.set $sum (local.get $x))
    (local.set $n (f64.const 1))
    (loop $again
      (local.set $before (local.get $sum))
      ;; The next term: times -x^2, by the next two numbers.
      (local.set $term
        (f64.div
          (f64.mul
            (f64.neg (local.get $term))
            (f64.mul (local.get $x) (local.get $x)))
          (f64.mul
            (f64.add (local.get $n) (f64.const 1))
            (f64.add (local.get $n) (f64.const 2)))))
      (local.set $n (f64.add (local.get $n) (f64.const 2)))
      (local.set $sum (f64.add (local.get $sum) (local.get $term)))
      (br_if $again (f64.ne (local.get $sum) (local.get $before))))
    (i64.trunc_f64_s
      (f64.nearest (f64.mul (local.get $sum) (f64.const 32768))))))
