;; n (n + 1) (2 n + 1) / 6.
(module
  (func (export "run") (param $n i64) (result i64)
    (i64.div_u
      (i64.mul
        (i64.mul (local.get $n) (i64.add (local.get $n) (i64.const 1)))
        (i64.add (i64.shl (local.get $n) (i64.const 1)) (i64.const 1)))
      (i64.const 6))))
