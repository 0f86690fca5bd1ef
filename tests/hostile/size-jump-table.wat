;; ENDING: refused:jump-table-too-large
;; REPEAT: i 300
;; A jump table of 301 targets.
(module
  (func (export "run") (param $x i64) (result i64)
    block
      local.get $x
      i32.wrap_i64
      br_table 0
;;BEGIN
        0
;;END
    end
    local.get $x))
