;; ENDING: trap:unreachable
;; Gives up before the world's function is called.
(module
  (func $start (unreachable))
  (start $start)
  (func (export "run") (result i64) (i64.const 1)))
