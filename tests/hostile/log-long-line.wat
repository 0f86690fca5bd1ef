;; ENDING: result
;; GRANT: log
;; CYCLES: 10000000
;; One line of a mebibyte, of which a part is kept. Every character takes two bytes, so that a cut may fall within one.
(module
  (import "log" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 17)
  (data (i32.const 15) "x\c3\a9")
  (func (export "run") (result i64)
    ;; Doubles what is there, from byte 16 on, until a mebibyte is full.
    (local $filled i32)
    (local.set $filled (i32.const 2))
    (loop $double
      (memory.copy
        (i32.add (i32.const 16) (local.get $filled))
        (i32.const 16)
        (local.get $filled))
      (local.set $filled (i32.shl (local.get $filled) (i32.const 1)))
      (br_if $double (i32.lt_u (local.get $filled) (i32.const 1048576))))
    ;; The one byte before makes the length odd.
    (call $write (i32.const 2) (i32.const 15) (i32.const 1048577))
    (i64.const 1)))
