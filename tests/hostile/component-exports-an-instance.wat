;; ENDING: refused:wrong-signature
;; The right name, on an instance.
(component
  (instance $i)
  (export "run" (instance $i)))
