;; loop.wat with the wrong shift: `shr_s` fills up with the sign, so a negative number stays at -1 for ever and
;; the budget ends the run.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $count i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $n)))
        (local.set $count
          (i64.add (local.get $count) (i64.and (local.get $n) (i64.const 1))))
        (local.set $n (i64.shr_s (local.get $n) (i64.const 1)))
        (br $again)))
    (local.get $count)))
