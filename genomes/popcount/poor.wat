;; Not a rival: a founder for evolution, a few small edits away from loop.wat.
;; It passes over every other bit, and shifts in a way that never ends for a negative number.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $count i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $n)))
        (local.set $count
          (i64.add (local.get $count) (i64.and (local.get $n) (i64.const 1))))
        (local.set $n (i64.shr_s (local.get $n) (i64.const 2)))
        (br $again)))
    (local.get $count)))
