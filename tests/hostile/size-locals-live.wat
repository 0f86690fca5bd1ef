;; ENDING: result
;; INPUT: 3
;; REPEAT: i 1000
;; A thousand locals that are all alive across a loop: hard work for a register allocator.
(module
  (func (export "run") (param $x i64) (result i64)
    (local $sum i64)
    (local $round i64)
;;BEGIN
    (local $v$i i64)
;;END
    (local.set $round (i64.const 2))
    (local.set $v0 (local.get $x))
    (local.set $v500 (i64.mul (local.get $x) (local.get $x)))
    (local.set $v999 (i64.add (local.get $x) (i64.const 1)))
    (loop $again
      (local.set $v1 (i64.add (local.get $v0) (local.get $v999)))
      (local.set $v2 (i64.add (local.get $v1) (local.get $v500)))
      (local.set $sum (i64.add (local.get $sum) (local.get $v2)))
      (local.set $round (i64.sub (local.get $round) (i64.const 1)))
      (br_if $again (i64.ne (local.get $round) (i64.const 0))))
    (local.get $sum)))
