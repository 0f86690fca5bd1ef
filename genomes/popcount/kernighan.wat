;; n and n - 1 differ in the lowest set bit of n and everything below it, so `n and (n - 1)` is n without that bit.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $count i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $n)))
        (local.set $n
          (i64.and (local.get $n) (i64.sub (local.get $n) (i64.const 1))))
        (local.set $count (i64.add (local.get $count) (i64.const 1)))
        (br $again)))
    (local.get $count)))
