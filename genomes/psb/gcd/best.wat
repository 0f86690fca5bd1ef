;; Euclid: neither number is zero, so the question may come last.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (local $t i64)
    (loop $again
      (local.set $t (i64.rem_u (local.get $a) (local.get $b)))
      (local.set $a (local.get $b))
      (br_if $again (i64.ne (local.tee $b (local.get $t)) (i64.const 0))))
    (local.get $a)))
