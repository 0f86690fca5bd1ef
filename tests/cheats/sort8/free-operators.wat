;; Works with nothing but operators that cost nothing, and hopes that something comes of it.
(module
  (func (export "run") (param i64 i64 i64 i64 i64 i64 i64 i64)
    (result i64 i64 i64 i64 i64 i64 i64 i64)
    (block (block (block (nop) (nop) (nop))))
    (loop (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop))
    (block (loop (block (nop) (nop) (nop) (nop))))
    (return
    (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
    (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8))))
