;; ENDING: out-of-fuel
;; Asks for pages that its own maximum forbids, again and again: asking is paid for, granted or not.
(module
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (loop $again
      (drop (memory.grow (i32.const 100)))
      (br $again))
    (unreachable)))
