;; ENDING: refused:wrong-signature
;; Floating-point numbers do not cross the border.
(module
  (func (export "run") (param f64) (result f64) (local.get 0)))
