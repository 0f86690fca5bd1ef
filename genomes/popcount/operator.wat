;; The operator that was made for it.
(module
  (func (export "run") (param $n i64) (result i64)
    (i64.popcnt (local.get $n))))
