;; ENDING: out-of-fuel
;; Calls itself twice, sixty levels deep: the stack is never deep, and it would end some day.
(module
  (func $twice (param $depth i32) (result i64)
    (if (i32.eqz (local.get $depth)) (then (return (i64.const 1))))
    (i64.add
      (call $twice (i32.sub (local.get $depth) (i32.const 1)))
      (call $twice (i32.sub (local.get $depth) (i32.const 1)))))
  (func (export "run") (result i64) (call $twice (i32.const 60))))
