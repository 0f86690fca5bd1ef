;; Volder's method, made for machines without multiplication: turns a vector by ever smaller angles, each of which
;; takes only shifts and additions, towards the angle that is asked for. 20 turns, each right to the next bit.
(module
  (memory (export "memory") 1)
  ;; The angles whose tangents are 1, 1/2, 1/4 and so on, in units of 2^-32 turns, four bytes each.
  (data (i32.const 0)
    "\00\00\00\20\1e\05\e4\12\5b\38\fb\09\d4\11\11\05\43\0d\8b\02\e1\d7\45\01\1e\f6\a2\00\55\7c\51\00"
    "\53\be\28\00\2f\5f\14\00\98\2f\0a\00\cc\17\05\00\e6\8b\02\00\f3\45\01\00\fa\a2\00\00\7d\51\00\00"
    "\be\28\00\00\5f\14\00\00\30\0a\00\00\18\05\00\00"
  )
  (func (export "run") (param $angle i64) (result i64)
    (local $y i64)
    (local $rest i64)
    (local $across i64)
    (local $up i64)
    (local $before i64)
    (local $turn i64)
    ;; Half a turn to either side: the lowest 16 bits, with their sign.
    (local.set $y (i64.extend16_s (local.get $angle)))
    ;; Past a quarter turn the sine comes down again as it went up.
    (if (i64.gt_s (local.get $y) (i64.const 16384))
      (then (local.set $y (i64.sub (i64.const 32768) (local.get $y)))))
    (if (i64.lt_s (local.get $y) (i64.const -16384))
      (then (local.set $y (i64.sub (i64.const -32768) (local.get $y)))))
    (local.set $rest (i64.shl (local.get $y) (i64.const 16)))
    ;; The turns lengthen the vector by 1.6468; it begins as much too short, in units of 2^-30.
    (local.set $across (i64.const 652032874))
    (loop $again
      (local.set $before (local.get $across))
      (if (i64.ge_s (local.get $rest) (i64.const 0))
        (then
          (local.set $across
            (i64.sub (local.get $across) (i64.shr_s (local.get $up) (local.get $turn))))
          (local.set $up
            (i64.add (local.get $up) (i64.shr_s (local.get $before) (local.get $turn))))
          (local.set $rest
            (i64.sub
              (local.get $rest)
              (i64.load32_u (i32.shl (i32.wrap_i64 (local.get $turn)) (i32.const 2))))))
        (else
          (local.set $across
            (i64.add (local.get $across) (i64.shr_s (local.get $up) (local.get $turn))))
          (local.set $up
            (i64.sub (local.get $up) (i64.shr_s (local.get $before) (local.get $turn))))
          (local.set $rest
            (i64.add
              (local.get $rest)
              (i64.load32_u (i32.shl (i32.wrap_i64 (local.get $turn)) (i32.const 2)))))))
      (local.set $turn (i64.add (local.get $turn) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $turn) (i64.const 20))))
    (i64.shr_s (i64.add (local.get $up) (i64.const 0x4000)) (i64.const 15))))
