;; ENDING: trap:stack-overflow
;; CYCLES: 100000000
;; REPEAT: i 200
;; Deep recursion with two hundred values that are needed after the call: few frames fill the stack.
(module
  (global $g (mut i64) (i64.const 1))
  (func $down (result i64)
    ;; Each is read after another write, so none can be had again later: all of them wait on the operand stack.
;;BEGIN
    (global.set $g (i64.add (global.get $g) (i64.const $i)))
    (global.get $g)
;;END
    (call $down)
    ;; The sum never comes about; `return` drops what is below it.
    (i64.add)
    (i64.add)
    (i64.add)
    (return))
  (func (export "run") (result i64) (call $down)))
