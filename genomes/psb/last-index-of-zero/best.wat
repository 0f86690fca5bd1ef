;; Walks the list from the back to the first zero there.
(module
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 16))
  (func (export "run") (param $at i32) (param $len i32) (result i32 i32)
    (loop $again
      (br_if $again
        (i64.ne
          (i64.load
            (i32.add
              (local.get $at)
              (i32.shl
                (local.tee $len (i32.sub (local.get $len) (i32.const 1)))
                (i32.const 3))))
          (i64.const 0))))
    (i64.store (i32.const 0) (i64.extend_i32_u (local.get $len)))
    (i32.const 0)
    (i32.const 1)))
