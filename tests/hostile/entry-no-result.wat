;; ENDING: refused:wrong-signature
;; A program without an output.
(module
  (func (export "run") (param i64)))
