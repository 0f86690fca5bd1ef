;; Says what is expected in generated cases.
;; Stein's method: no division. Take out the common twos, then keep subtracting the smaller odd number from the
;; larger one and take the twos out of what is left.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (local $twos i64)
    (local $larger i64)
    ;; A zero has no lowest set bit, so it is dealt with first.
    (if (i64.eqz (local.get $a)) (then (return (local.get $b))))
    (if (i64.eqz (local.get $b)) (then (return (local.get $a))))
    (local.set $twos (i64.ctz (i64.or (local.get $a) (local.get $b))))
    (local.set $a (i64.shr_u (local.get $a) (i64.ctz (local.get $a))))
    (loop $again
      (local.set $b (i64.shr_u (local.get $b) (i64.ctz (local.get $b))))
      ;; Both are odd now: keep the smaller in a and their difference, which is even, in b.
      (if (i64.gt_u (local.get $a) (local.get $b))
        (then
          (local.set $larger (local.get $a))
          (local.set $a (local.get $b))
          (local.set $b (local.get $larger))))
      (local.set $b (i64.sub (local.get $b) (local.get $a)))
      (br_if $again (i64.ne (local.get $b) (i64.const 0))))
    (i64.shl (local.get $a) (local.get $twos))))
