;; ENDING: trap:stack-overflow
;; Calls itself without an end, before the world's function is called.
(module
  (func $start (call $start) (nop))
  (start $start)
  (func (export "run") (result i64) (i64.const 1)))
