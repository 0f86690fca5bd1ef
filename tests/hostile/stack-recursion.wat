;; ENDING: trap:stack-overflow
;; Calls itself without an end.
(module
  (func $down (param $i i64) (result i64)
    (i64.add (call $down (i64.add (local.get $i) (i64.const 1))) (i64.const 1)))
  (func (export "run") (result i64) (call $down (i64.const 0))))
