;; ENDING: result
;; REPEAT: i 20
;; Loops within loops up to the bound, twenty times over.
(module
  (func (export "run") (result i64)
;;BEGIN
    loop loop loop loop loop loop loop loop loop loop loop loop loop loop loop loop
    loop loop loop loop loop loop loop loop loop loop loop loop loop loop loop loop
    loop loop loop loop loop loop loop loop loop loop loop loop loop loop loop loop
    loop loop loop loop loop loop loop loop loop loop loop loop
    end end end end end end end end end end end end end end end end
    end end end end end end end end end end end end end end end end
    end end end end end end end end end end end end end end end end
    end end end end end end end end end end end end
;;END
    i64.const 1))
