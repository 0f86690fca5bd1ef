;; ENDING: refused:invalid
;; Leaves a block that is not there.
(module
  (func (export "run") (result i64) (br 12)))
