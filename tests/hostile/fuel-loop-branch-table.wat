;; ENDING: out-of-fuel
;; INPUT: 17
;; A loop that goes round by a jump table, whose targets all lead back.
(module
  (func (export "run") (param $i i64) (result i64)
    (loop $for_ever
      (br_table $for_ever $for_ever $for_ever (i32.wrap_i64 (local.get $i))))
    (unreachable)))
