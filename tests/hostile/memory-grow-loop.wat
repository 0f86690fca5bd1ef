;; ENDING: over-memory
;; Grows its memory page by page.
(module
  (memory (export "memory") 1)
  (func (export "run") (result i64)
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br $again))
    (unreachable)))
