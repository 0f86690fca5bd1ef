;; ENDING: over-deadline
;; CYCLES: 4000000000000000000
;; DEADLINE: 200
;; A loop without an exit and with a budget that would last for decades: the clock is the second stop.
(module
  (func (export "run") (result i64)
    (loop $for_ever (br $for_ever))
    (unreachable)))
