;; ENDING: result
;; GRANT: memory
;; CYCLES: 10000000
;; Keeps a kibibyte under one name after the other until the scope is full: that is a fault, `exhausted` (3), and what
;; was kept stays.
(module
  (import "memory" "put" (func $put (param i32 i32 i32 i32 i32)))
  (import "memory" "get" (func $get (param i32 i32 i32)))
  (memory (export "memory") 1)
  ;; 0: the name, four digits; 16: what `put` returned; 32: what `get` returned; 64: the value.
  (global (export "__heap_base") i32 (i32.const 1088))
  (func (export "run") (result i64)
    (local $i i32)
    (loop $again
      (if (i32.gt_u (local.get $i) (i32.const 4095)) (then (unreachable)))
      (i32.store8 (i32.const 0) (i32.add (i32.const 48) (i32.shr_u (local.get $i) (i32.const 8))))
      (i32.store8
        (i32.const 1)
        (i32.add (i32.const 48) (i32.and (i32.shr_u (local.get $i) (i32.const 4)) (i32.const 15))))
      (i32.store8 (i32.const 2) (i32.add (i32.const 48) (i32.and (local.get $i) (i32.const 15))))
      (call $put (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 1024) (i32.const 16))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 16)))))
    (if (i32.ne (i32.load8_u (i32.const 20)) (i32.const 3)) (then (unreachable)))
    ;; The first name is still there.
    (i32.store (i32.const 0) (i32.const 0x303030))
    (call $get (i32.const 0) (i32.const 3) (i32.const 32))
    (if (i32.ne (i32.load8_u (i32.const 32)) (i32.const 1)) (then (unreachable)))
    (if (i32.ne (i32.load (i32.const 40)) (i32.const 1024)) (then (unreachable)))
    (i64.const 1)))
