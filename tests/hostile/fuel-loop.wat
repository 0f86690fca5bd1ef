;; ENDING: out-of-fuel
;; A loop without an exit.
(module
  (func (export "run") (result i64)
    (loop $for_ever (br $for_ever))
    (unreachable)))
