;; Works with nothing but operators that cost nothing, and hopes that something comes of it.
(module
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (block (block (block (nop) (nop) (nop))))
    (loop (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop))
    (block (loop (block (nop) (nop) (nop) (nop))))
    (return
    (i64.const 1))))
