;; ENDING: out-of-fuel
;; A loop without an exit, before the world's function is called at all.
(module
  (func $start (loop $for_ever (br $for_ever)))
  (start $start)
  (func (export "run") (result i64) (i64.const 1)))
