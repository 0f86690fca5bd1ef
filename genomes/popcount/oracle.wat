;; Says what is expected in generated cases: one bit after the other is shifted out and added.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $count i64)
    (local $place i64)
    (loop $again
      (local.set $count
        (i64.add
          (local.get $count)
          (i64.and (i64.shr_u (local.get $n) (local.get $place)) (i64.const 1))))
      (local.set $place (i64.add (local.get $place) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $place) (i64.const 64))))
    (local.get $count)))
