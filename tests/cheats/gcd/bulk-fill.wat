;; One operator writes a mebibyte: work that a table without sizes would count as 1. The answer is always the same.
(module
  (memory (export "memory") 16)
  (func (export "run") (param $a i64) (param $b i64) (result i64)
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))
    (memory.copy (i32.const 0) (i32.const 524288) (i32.const 524288))
    (i64.const 1)))
