;; A table of a quarter turn in 64 steps, and a straight line from each entry to the next; off by 3.2 of 32768 at most.
(module
  (memory (export "memory") 1)
  ;; 16-bit numbers without a sign: the sine of 0 to 64 steps, and one more for the line that begins at the last.
  (data (i32.const 0)
    "\00\00\24\03\48\06\6b\09\8c\0c\ab\0f\c8\12\e2\15\f9\18\0c\1c\1a\1f\24\22\28\25\27\28\1f\2b\11\2e"
    "\fc\30\df\33\ba\36\8d\39\57\3c\17\3f\ce\41\7b\44\1d\47\b4\49\40\4c\c0\4e\34\51\9b\53\f6\55\43\58"
    "\82\5a\b4\5c\d7\5e\ec\60\f2\62\e9\64\d0\66\a7\68\6e\6a\24\6c\ca\6d\5f\6f\e3\70\55\72\b6\73\05\75"
    "\42\76\6c\77\85\78\8a\79\7d\7a\5d\7b\2a\7c\e4\7c\8a\7d\1e\7e\9d\7e\0a\7f\62\7f\a7\7f\d9\7f\f6\7f"
    "\00\80\f6\7f"
  )
  (func (export "run") (param $angle i64) (result i64)
    (local $y i64)
    (local $size i64)
    (local $entry i32)
    (local $from i64)
    ;; Half a turn to either side: the lowest 16 bits, with their sign.
    (local.set $y (i64.extend16_s (local.get $angle)))
    ;; Past a quarter turn the sine comes down again as it went up.
    (if (i64.gt_s (local.get $y) (i64.const 16384))
      (then (local.set $y (i64.sub (i64.const 32768) (local.get $y)))))
    (if (i64.lt_s (local.get $y) (i64.const -16384))
      (then (local.set $y (i64.sub (i64.const -32768) (local.get $y)))))
    ;; The table knows one side; the other one is its mirror image.
    (local.set $size
      (select
        (i64.sub (i64.const 0) (local.get $y))
        (local.get $y)
        (i64.lt_s (local.get $y) (i64.const 0))))
    ;; 256 angles a step, two bytes an entry.
    (local.set $entry
      (i32.shl
        (i32.wrap_i64 (i64.shr_u (local.get $size) (i64.const 8)))
        (i32.const 1)))
    (local.set $from (i64.load16_u (local.get $entry)))
    (local.set $from
      (i64.add
        (local.get $from)
        (i64.shr_s
          (i64.add
            (i64.mul
              (i64.sub (i64.load16_u offset=2 (local.get $entry)) (local.get $from))
              (i64.and (local.get $size) (i64.const 255)))
            (i64.const 128))
          (i64.const 8))))
    (select
      (i64.sub (i64.const 0) (local.get $from))
      (local.get $from)
      (i64.lt_s (local.get $y) (i64.const 0)))))
