;; ENDING: refused:invalid
;; Adds two numbers of which there is only one.
(module
  (func (export "run") (param i64) (result i64)
    local.get 0
    i64.add))
