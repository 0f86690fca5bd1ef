;; ENDING: over-deadline
;; CYCLES: 4000000000000000000
;; DEADLINE: 200
;; The clock runs while the start function does.
(module
  (func $start (loop $for_ever (br $for_ever)))
  (start $start)
  (func (export "run") (result i64) (i64.const 1)))
