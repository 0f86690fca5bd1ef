;; ENDING: refused:jump-table-too-large
;; REPEAT: i 100
;; A hundred jump tables of four targets in one function.
(module
  (func (export "run") (param $x i64) (result i64)
;;BEGIN
    (block (br_table 0 0 0 0 (i32.wrap_i64 (local.get $x))))
;;END
    (local.get $x)))
