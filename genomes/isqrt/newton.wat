;; Newton's iteration for x * x = n: x becomes the mean of x and n / x.
;; Started at or above the root it falls until it is there, then it does not fall any more: the end.
;; The start is the power of two with half as many bits as n, rounded up, so five rounds or so are enough.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $x i64)
    (local $next i64)
    ;; n / x needs an x that is not zero.
    (if (i64.eqz (local.get $n)) (then (return (i64.const 0))))
    (local.set $next
      (i64.shl
        (i64.const 1)
        (i64.shr_u
          (i64.sub (i64.const 65) (i64.clz (local.get $n)))
          (i64.const 1))))
    (loop $again
      (local.set $x (local.get $next))
      (local.set $next
        (i64.shr_u
          (i64.add
            (local.get $x)
            (i64.div_u (local.get $n) (local.get $x)))
          (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $next) (local.get $x))))
    (local.get $x)))
