;; A founder: divides, but nothing of it is the number of a coin.
(module
  (func (export "run") (param $n i64) (result i64 i64 i64 i64)
    (local $rest i64)
    (local.set $rest (i64.rem_u (local.get $n) (i64.const 100)))
    (local.get $rest)
    (i64.const 0)
    (i64.div_u (local.get $rest) (i64.const 10))
    (i64.div_u (local.get $n) (i64.const 100))))
