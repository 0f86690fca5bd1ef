;; ENDING: refused:too-large
;; REPEAT: i 17000
;; More than a mebibyte of data that nothing uses.
(module
  (memory (export "memory") 1)
  (func (export "run") (result i64) (i64.const 1))
;;BEGIN
  (data "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
;;END
)
