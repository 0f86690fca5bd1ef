;; ENDING: trap:unreachable
;; INPUT: 1 2 3
;; Takes two numbers and is given three.
(module
  (func (export "run") (param i64 i64) (result i64) (local.get 0)))
