;; ENDING: over-memory
;; Grows its memory before the world's function is called.
(module
  (memory (export "memory") 1)
  (func $start
    (loop $again
      (drop (memory.grow (i32.const 8)))
      (br $again)))
  (start $start)
  (func (export "run") (result i64) (i64.const 1)))
