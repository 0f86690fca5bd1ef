;; ENDING: refused:stack-too-deep
;; REPEAT: i 300
;; Three hundred values on the operand stack; `return` takes the last and drops the others.
(module
  (func (export "run") (result i64)
;;BEGIN
    i64.const $i
;;END
    return))
