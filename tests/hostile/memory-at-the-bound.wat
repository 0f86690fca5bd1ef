;; ENDING: result
;; 256 pages are allowed, and a write to the last byte is.
(module
  (memory (export "memory") 256)
  (func (export "run") (result i64)
    (i64.store (i32.const 16777208) (i64.const 7))
    (i64.load (i32.const 16777208))))
