;; ENDING: refused:invalid
;; REPEAT: i 2000
;; Two thousand parameters; WebAssembly's implementations agree on a thousand.
(module
  (func $many
;;BEGIN
    (param i64)
;;END
  )
  (func (export "run") (result i64) (i64.const 1)))
