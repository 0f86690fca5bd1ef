;; ENDING: refused:wrong-signature
;; The right name, on a function of one number.
(component
  (core module $m
    (func (export "run") (param i64) (result i64) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "input" s64) (result s64)
    (canon lift (core func $i "run"))))
