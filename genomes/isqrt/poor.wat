;; Not a rival: a founder for evolution, a few small edits away from Newton's iteration.
;; It starts far below the root, takes two rounds only, and corrects what is too large by two in place of one.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $x i64)
    (local $rounds i64)
    (if (i64.eqz (local.get $n)) (then (return (i64.const 0))))
    (local.set $x
      (i64.shl
        (i64.const 1)
        (i64.shr_u
          (i64.sub (i64.const 65) (i64.clz (local.get $n)))
          (i64.const 3))))
    (loop $again
      (local.set $x
        (i64.shr_u
          (i64.add
            (local.get $x)
            (i64.div_u (local.get $n) (local.get $x)))
          (i64.const 1)))
      (local.set $rounds (i64.add (local.get $rounds) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $rounds) (i64.const 2))))
    (if (i64.gt_u (i64.mul (local.get $x) (local.get $x)) (local.get $n))
      (then (local.set $x (i64.sub (local.get $x) (i64.const 2)))))
    (local.get $x)))
