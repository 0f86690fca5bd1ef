;; ENDING: refused:too-many-types
;; REPEAT: i 2000
;; Two thousand function types, each of which would cost a trampoline.
(module
;;BEGIN
  (type (func (param i32)))
;;END
  (func (export "run") (result i64) (i64.const 1)))
