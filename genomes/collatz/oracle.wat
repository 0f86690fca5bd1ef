;; Says what is expected in generated cases: the rule as a function that picks the next number, and a loop that
;; counts how often it is called.
(module
  (func $next (param $n i64) (result i64)
    (select
      (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1))
      (i64.div_u (local.get $n) (i64.const 2))
      (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 2)))))
  (func (export "run") (param $n i64) (result i64)
    (local $steps i64)
    (loop $again
      (if (i64.gt_u (local.get $n) (i64.const 1))
        (then
          (local.set $n (call $next (local.get $n)))
          (local.set $steps (i64.add (local.get $steps) (i64.const 1)))
          (br $again))))
    (local.get $steps)))
