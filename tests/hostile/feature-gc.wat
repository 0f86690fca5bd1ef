;; ENDING: refused:invalid
;; Keeps a structure on a collected heap.
(module
  (type $s (struct (field i64)))
  (func (export "run") (result i64)
    (struct.get $s 0 (struct.new $s (i64.const 1)))))
