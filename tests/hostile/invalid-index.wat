;; ENDING: refused:invalid
;; Calls a function that is not there.
(module
  (func (export "run") (result i64) (call 77)))
