;; ENDING: over-memory
;; CYCLES: 100000000
;; Asks for 4 GiB at once.
(module
  (memory (export "memory") 1)
  (func (export "run") (result i64)
    (i64.extend_i32_s (memory.grow (i32.const 65535)))))
