;; Right about the state the heater should be in, but tells it after every reading, changed or not, and counts that.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "senses" "act" (func $act (param i32 i64)))
  (func (export "run") (param $left i64) (param $low i64) (param $high i64) (result i64)
    (local $on i64)
    (local $reading i64)
    (local $acts i64)
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $left)))
        (local.set $left (i64.sub (local.get $left) (i64.const 1)))
        (local.set $reading (call $sense (i32.const 0)))
        (if (i64.lt_s (local.get $reading) (local.get $low))
          (then (local.set $on (i64.const 1))))
        (if (i64.gt_s (local.get $reading) (local.get $high))
          (then (local.set $on (i64.const 0))))
        (call $act (i32.const 1) (local.get $on))
        (local.set $acts (i64.add (local.get $acts) (i64.const 1)))
        (br $again)))
    (local.get $acts)))
