;; ENDING: refused:invalid
;; A function that promises a number and leaves an address.
(module
  (func (export "run") (result i64) (i32.const 1)))
