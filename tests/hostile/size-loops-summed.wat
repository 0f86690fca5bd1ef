;; ENDING: refused:too-much-work
;; REPEAT: i 40
;; Forty functions of sixty nested loops beside each other, each within its bounds: together they would hold a
;; compiler for minutes.
(module
  (func (export "run") (result i64) (i64.const 1))
;;BEGIN
  (func (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end
    loop loop loop loop loop loop loop loop loop loop end end end end end end end end end end)
;;END
)
