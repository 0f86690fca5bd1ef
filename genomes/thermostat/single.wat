;; One bound for both directions: on at or below the upper bound, off above it. Without the gap between two bounds the
;; heater goes on and off with every draught.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "senses" "act" (func $act (param i32 i64)))
  (func (export "run") (param $left i64) (param $low i64) (param $high i64) (result i64)
    (local $on i32)
    (local $wanted i32)
    (local $switched i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $left)))
        (local.set $left (i64.sub (local.get $left) (i64.const 1)))
        (local.set $wanted (i64.le_s (call $sense (i32.const 0)) (local.get $high)))
        (br_if $again (i32.eq (local.get $wanted) (local.get $on)))
        (local.set $on (local.get $wanted))
        (call $act (i32.const 1) (i64.extend_i32_u (local.get $on)))
        (local.set $switched (i64.add (local.get $switched) (i64.const 1)))
        (br $again)))
    (local.get $switched)))
