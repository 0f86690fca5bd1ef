;; Says what is expected in generated cases: halves the interval in which the root must lie.
;; INVARIANT: low * low <= n < high * high. The root of the largest input is below 2^32, whose square is
;; beyond 64 bits, so the search starts from 3037000500, one above the largest root there is.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $low i64)
    (local $high i64)
    (local $middle i64)
    (local.set $high (i64.const 3037000500))
    (block $done
      (loop $again
        (br_if $done
          (i64.le_u (i64.sub (local.get $high) (local.get $low)) (i64.const 1)))
        (local.set $middle
          (i64.shr_u (i64.add (local.get $low) (local.get $high)) (i64.const 1)))
        (if (i64.le_u (i64.mul (local.get $middle) (local.get $middle)) (local.get $n))
          (then (local.set $low (local.get $middle)))
          (else (local.set $high (local.get $middle))))
        (br $again)))
    (local.get $low)))
