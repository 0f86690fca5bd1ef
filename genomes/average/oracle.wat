;; Says what is expected in generated cases. First every reading is replaced by the sum of all readings up to it;
;; then the sum of a window is the difference of two of these, wherever it lies.
(module
  (memory (export "memory") 1)
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $width i64)
    (local $i i32)
    (local $from i32)
    (local $answers i32)
    (local.set $width (i64.load (local.get $at)))
    ;; The place of the width becomes the sum of no readings, so that every window has a place before it.
    (i64.store (local.get $at) (i64.const 0))
    (local.set $i (i32.const 1))
    (block $summed
      (loop $sums
        (br_if $summed (i32.ge_u (local.get $i) (local.get $count)))
        (i64.store
          (call $place (local.get $at) (local.get $i))
          (i64.add
            (i64.load (call $place (local.get $at) (local.get $i)))
            (i64.load (call $place (local.get $at) (i32.sub (local.get $i) (i32.const 1))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $sums)))
    ;; INVARIANT: a width past the number of readings leaves no window, so it fits 32 bits from here on.
    (if (i64.ge_u (local.get $width) (i64.extend_i32_u (local.get $count)))
      (then (return (local.get $at) (i32.const 0))))
    (local.set $answers (i32.sub (local.get $count) (i32.wrap_i64 (local.get $width))))
    (local.set $i (i32.const 0))
    (loop $windows
      (local.set $from (call $place (local.get $at) (local.get $i)))
      (i64.store
        (local.get $from)
        (i64.div_s
          (i64.sub
            (i64.load
              (call $place
                (local.get $at)
                (i32.add (local.get $i) (i32.wrap_i64 (local.get $width)))))
            (i64.load (local.get $from)))
          (local.get $width)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $windows (i32.lt_u (local.get $i) (local.get $answers))))
    (local.get $at)
    (local.get $answers))
  ;; The address of number $i of the list at $at.
  (func $place (param $at i32) (param $i i32) (result i32)
    (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3)))))
