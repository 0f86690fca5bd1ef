;; ENDING: trap:out-of-bounds-memory
;; Address and offset together pass 32 bits; they must not come round to the start.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (i64.load8_u offset=0xffffffff (i32.const 0xffffffff))))
