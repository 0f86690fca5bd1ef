;; ENDING: result
;; A memory that grows past its own maximum does not grow, and the guest is told so.
(module
  (memory (export "memory") 1 2)
  (func (export "run") (result i64)
    (if (i32.ne (memory.grow (i32.const 1)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
    (i64.const 1)))
