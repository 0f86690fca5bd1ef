;; All halvings in a row at once: the number of zero bits at the end says how many there are.
;; In the loop $n is odd, so what follows is 3n + 1, which is even, and at least one halving.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $zeros i64)
    (local $steps i64)
    ;; Zero has 64 zero bits at its end and no way to 1.
    (if (i64.eqz (local.get $n)) (then (return (i64.const 0))))
    (local.set $steps (i64.ctz (local.get $n)))
    (local.set $n (i64.shr_u (local.get $n) (local.get $steps)))
    (block $done
      (loop $again
        (br_if $done (i64.eq (local.get $n) (i64.const 1)))
        (local.set $n (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1)))
        (local.set $zeros (i64.ctz (local.get $n)))
        (local.set $n (i64.shr_u (local.get $n) (local.get $zeros)))
        ;; The climb is a step as well.
        (local.set $steps
          (i64.add (local.get $steps) (i64.add (local.get $zeros) (i64.const 1))))
        (br $again)))
    (local.get $steps)))
