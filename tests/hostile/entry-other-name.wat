;; ENDING: refused:no-entry
;; Export names are `run` and `answer`.
(module
  (func (export "main") (result i64) (i64.const 1)))
