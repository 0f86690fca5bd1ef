;; ENDING: refused:convention
;; A program without an output.
(module
  (func (export "run") (param i64)))
