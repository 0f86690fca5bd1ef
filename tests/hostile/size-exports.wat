;; ENDING: result
;; REPEAT: i 1000
;; A thousand functions, each exported from the core module: within the bounds, and each costs a trampoline.
(module
  (func (export "run") (result i64) (i64.const 1))
;;BEGIN
  (func (export "f$i") (result i64) (i64.const $i))
;;END
)
