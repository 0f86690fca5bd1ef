;; Adds the whole window up again for every answer: as many additions as windows times width.
(module
  (memory (export "memory") 1)
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $width i64)
    (local $answers i64)
    (local $first i32)
    (local $reading i32)
    (local $left i64)
    (local $out i32)
    (local $sum i64)
    (local.set $width (i64.load (local.get $at)))
    ;; Of count - 1 readings, count - width windows can be taken; none if that is not positive.
    (local.set $answers (i64.sub (i64.extend_i32_u (local.get $count)) (local.get $width)))
    (local.set $out (local.get $at))
    (local.set $first (i32.add (local.get $at) (i32.const 8)))
    (block $done
      (loop $each
        (br_if $done (i64.le_s (local.get $answers) (i64.const 0)))
        (local.set $sum (i64.const 0))
        (local.set $left (local.get $width))
        (local.set $reading (local.get $first))
        (loop $add
          (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $reading))))
          (local.set $reading (i32.add (local.get $reading) (i32.const 8)))
          (local.set $left (i64.sub (local.get $left) (i64.const 1)))
          (br_if $add (i64.ne (local.get $left) (i64.const 0))))
        ;; An answer is written one place before its window: nothing needs what stood there any more.
        (i64.store (local.get $out) (i64.div_s (local.get $sum) (local.get $width)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $first (i32.add (local.get $first) (i32.const 8)))
        (local.set $answers (i64.sub (local.get $answers) (i64.const 1)))
        (br $each)))
    (local.get $at)
    (i32.shr_u (i32.sub (local.get $out) (local.get $at)) (i32.const 3))))
