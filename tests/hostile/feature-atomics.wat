;; ENDING: refused:invalid
;; Waits for another thread.
(module
  (memory (export "memory") 1)
  (func (export "run") (result i64)
    (i64.extend_i32_u
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))
