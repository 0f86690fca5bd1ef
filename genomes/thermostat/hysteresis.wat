;; Only one of the bounds can change anything: the lower one while the heater is off, the upper one while it is on.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "senses" "act" (func $act (param i32 i64)))
  (func (export "run") (param $left i64) (param $low i64) (param $high i64) (result i64)
    (local $on i32)
    (local $reading i64)
    (local $switched i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $left)))
        (local.set $left (i64.sub (local.get $left) (i64.const 1)))
        (local.set $reading (call $sense (i32.const 0)))
        ;; Back to the next reading unless this one calls for a change.
        (if (local.get $on)
          (then (br_if $again (i64.le_s (local.get $reading) (local.get $high))))
          (else (br_if $again (i64.ge_s (local.get $reading) (local.get $low)))))
        (local.set $on (i32.eqz (local.get $on)))
        (call $act (i32.const 1) (i64.extend_i32_u (local.get $on)))
        (local.set $switched (i64.add (local.get $switched) (i64.const 1)))
        (br $again)))
    (local.get $switched)))
