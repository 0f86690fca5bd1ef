;; ENDING: out-of-fuel
;; CYCLES: 65536
;; One instruction that does more work than the budget pays for: a page has 65536 bytes, and there are the operators.
(module
  (memory (export "memory") 1)
  (func (export "run") (result i64)
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 65536))
    (i64.const 1)))
