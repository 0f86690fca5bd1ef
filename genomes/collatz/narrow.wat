;; ctz.wat with 32-bit numbers: half the width, the same answers, until a path climbs past 2^32 and what does not
;; fit is lost. It asks for the end at the bottom of the loop, which saves a branch a round.
(module
  (func (export "run") (param $input i64) (result i64)
    (local $n i32)
    (local $zeros i32)
    (local $steps i32)
    (if (i64.le_u (local.get $input) (i64.const 1)) (then (return (i64.const 0))))
    (local.set $n (i32.wrap_i64 (local.get $input)))
    (local.set $steps (i32.ctz (local.get $n)))
    (local.set $n (i32.shr_u (local.get $n) (local.get $steps)))
    (if (i32.ne (local.get $n) (i32.const 1))
      (then
        (loop $again
          (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1)))
          (local.set $zeros (i32.ctz (local.get $n)))
          (local.set $n (i32.shr_u (local.get $n) (local.get $zeros)))
          (local.set $steps
            (i32.add (local.get $steps) (i32.add (local.get $zeros) (i32.const 1))))
          (br_if $again (i32.gt_u (local.get $n) (i32.const 1))))))
    (i64.extend_i32_u (local.get $steps))))
