;; Says what is expected in generated cases: works out the state that each reading asks for, as the task is written,
;; and acts where it differs from the state before.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "senses" "act" (func $act (param i32 i64)))
  ;; The heater's state after $reading, given the state before it.
  (func $wanted (param $before i64) (param $reading i64) (param $low i64) (param $high i64) (result i64)
    (if (i64.lt_s (local.get $reading) (local.get $low)) (then (return (i64.const 1))))
    (if (i64.gt_s (local.get $reading) (local.get $high)) (then (return (i64.const 0))))
    (local.get $before))
  (func (export "run") (param $n i64) (param $low i64) (param $high i64) (result i64)
    (local $i i64)
    (local $before i64)
    (local $after i64)
    (local $switched i64)
    (block $done
      (loop $each
        (br_if $done (i64.ge_s (local.get $i) (local.get $n)))
        (local.set $after
          (call $wanted
            (local.get $before)
            (call $sense (i32.const 0))
            (local.get $low)
            (local.get $high)))
        (if (i64.ne (local.get $after) (local.get $before))
          (then
            (call $act (i32.const 1) (local.get $after))
            (local.set $switched (i64.add (local.get $switched) (i64.const 1)))))
        (local.set $before (local.get $after))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $each)))
    (local.get $switched)))
