;; Adds up the thirds and takes the twos away at the end.
(module
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 16))
  (func (export "run") (param $at i32) (param $len i32) (result i32 i32)
    (local $out i64) (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $len) (i32.const 3))))
    (if (local.get $len)
      (then
        (loop $again
          (local.set $out
            (i64.add (local.get $out) (i64.div_u (i64.load (local.get $at)) (i64.const 3))))
          (br_if $again
            (i32.lt_u
              (local.tee $at (i32.add (local.get $at) (i32.const 8)))
              (local.get $end))))))
    (i64.store
      (i32.const 0)
      (i64.sub (local.get $out) (i64.shl (i64.extend_i32_u (local.get $len)) (i64.const 1))))
    (i32.const 0)
    (i32.const 1)))
