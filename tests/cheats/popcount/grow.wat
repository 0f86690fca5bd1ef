;; Takes all the memory there is, so that others have none, and answers always the same.
(module
  (memory (export "memory") 1)
  (func (export "run") (param $n i64) (result i64)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (i64.const 32)))
