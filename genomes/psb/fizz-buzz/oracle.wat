;; Says what is expected in generated cases.
;; -1 and -2 are added where they apply; nothing is the number itself.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $out i64)
    (if (i64.eq (i64.mul (i64.div_s (local.get $n) (i64.const 3)) (i64.const 3)) (local.get $n))
      (then (local.set $out (i64.sub (local.get $out) (i64.const 1)))))
    (if (i64.eq (i64.mul (i64.div_s (local.get $n) (i64.const 5)) (i64.const 5)) (local.get $n))
      (then (local.set $out (i64.sub (local.get $out) (i64.const 2)))))
    (if (i64.eqz (local.get $out)) (then (local.set $out (local.get $n))))
    (local.get $out)))
