;; ENDING: out-of-fuel
;; INPUT: 1
;; A loop with an exit that is never taken; nothing but running it shows that.
(module
  (func (export "run") (param $i i64) (result i64)
    (block $exit
      (loop $again
        ;; An odd number stays odd when two is added, so it never becomes zero.
        (local.set $i (i64.add (local.get $i) (i64.const 2)))
        (br_if $exit (i64.eqz (local.get $i)))
        (br $again)))
    (local.get $i)))
