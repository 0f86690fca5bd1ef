;; A founder: walks the list and adds it up.
(module
  (memory (export "memory") 1)
  ;; The result lies below.
  (global (export "__heap_base") i32 (i32.const 16))
  (func (export "run") (param $at i32) (param $len i32) (result i32 i32)
    (local $n i64) (local $i i64) (local $x i64) (local $out i64)
    (local.set $n (i64.extend_i32_u (local.get $len)))
    (block $done
      (loop $again
        (br_if $done (i64.ge_s (local.get $i) (local.get $n)))
        (local.set $x (i64.load (local.get $at)))
        (local.set $out (i64.add (local.get $out) (local.get $x)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $again)))
    (i64.store (i32.const 0) (local.get $out))
    (i32.const 0)
    (i32.const 1)))
