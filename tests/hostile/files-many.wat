;; ENDING: result
;; GRANT: files
;; Makes one empty file after the other, until a fault says `exhausted` (3).
(module
  (import "files" "write" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (result i64)
    (local $i i32)
    (loop $again
      (if (i32.gt_u (local.get $i) (i32.const 4095)) (then (unreachable)))
      ;; Three letters from `a` to `p`.
      (i32.store8 (i32.const 32) (i32.add (i32.const 97) (i32.shr_u (local.get $i) (i32.const 8))))
      (i32.store8
        (i32.const 33)
        (i32.add (i32.const 97) (i32.and (i32.shr_u (local.get $i) (i32.const 4)) (i32.const 15))))
      (i32.store8 (i32.const 34) (i32.add (i32.const 97) (i32.and (local.get $i) (i32.const 15))))
      (call $write (i32.const 32) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 0)))))
    (if (i32.ne (i32.load8_u (i32.const 4)) (i32.const 3)) (then (unreachable)))
    (i64.extend_i32_u (local.get $i))))
