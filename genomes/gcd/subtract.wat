;; The method as it was first written down: take the smaller from the larger until both are equal.
;; As many rounds as the quotients sum up to, so (2, 2^63 - 1) would need 2^62 of them: the budget ends that.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    ;; Taking nothing away would go on for ever.
    (if (i64.eqz (local.get $a)) (then (return (local.get $b))))
    (if (i64.eqz (local.get $b)) (then (return (local.get $a))))
    (block $done
      (loop $again
        (br_if $done (i64.eq (local.get $a) (local.get $b)))
        (if (i64.gt_u (local.get $a) (local.get $b))
          (then (local.set $a (i64.sub (local.get $a) (local.get $b))))
          (else (local.set $b (i64.sub (local.get $b) (local.get $a)))))
        (br $again)))
    (local.get $a)))
