;; ENDING: trap:bad-conversion
;; Not a number has no integer counterpart.
(module
  (func (export "run") (result i64)
    (i64.trunc_f64_s (f64.const nan))))
