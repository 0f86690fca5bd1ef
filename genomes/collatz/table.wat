;; ctz.wat that stops as soon as the number is below 256 and looks the rest of the way up.
;; The last part of every path is common to most of them, so a table of 256 bytes saves about a third of the rounds.
(module
  (memory (export "memory") 1)
  ;; The steps from 0 to 255; none is above 127, so a byte holds it.
  (data (i32.const 0)
    "\00\00\01\07\02\05\08\10\03\13\06\0e\09\09\11\11"  ;; 0 to 15
    "\04\0c\14\14\07\07\0f\0f\0a\17\0a\6f\12\12\12\6a"  ;; 16 to 31
    "\05\1a\0d\0d\15\15\15\22\08\6d\08\1d\10\10\10\68"  ;; 32 to 47
    "\0b\18\18\18\0b\0b\70\70\13\20\13\20\13\13\6b\6b"  ;; 48 to 63
    "\06\1b\1b\1b\0e\0e\0e\66\16\73\16\0e\16\16\23\23"  ;; 64 to 79
    "\09\16\6e\6e\09\09\1e\1e\11\1e\11\5c\11\11\69\69"  ;; 80 to 95
    "\0c\76\19\19\19\19\19\57\0c\26\0c\64\71\71\71\45"  ;; 96 to 111
    "\14\0c\21\21\14\14\21\21\14\5f\14\2e\6c\6c\6c\2e"  ;; 112 to 127
    "\07\79\1c\1c\1c\1c\1c\29\0f\5a\0f\29\0f\0f\67\67"  ;; 128 to 143
    "\17\74\74\74\17\17\0f\0f\17\24\17\55\24\24\24\36"  ;; 144 to 159
    "\0a\62\17\17\6f\6f\6f\43\0a\31\0a\7c\1f\1f\1f\50"  ;; 160 to 175
    "\12\1f\1f\1f\12\12\5d\5d\12\2c\12\2c\6a\6a\6a\2c"  ;; 176 to 191
    "\0d\77\77\77\1a\1a\1a\77\1a\12\1a\27\1a\1a\58\58"  ;; 192 to 207
    "\0d\27\27\27\0d\0d\65\65\72\1a\72\34\72\72\46\46"  ;; 208 to 223
    "\15\34\0d\0d\22\22\22\7f\15\53\15\7f\22\22\22\34"  ;; 224 to 239
    "\15\15\60\60\15\15\2f\2f\6d\2f\6d\41\6d\6d\2f\2f"  ;; 240 to 255
  )
  (func (export "run") (param $n i64) (result i64)
    (local $zeros i64)
    (local $steps i64)
    (block $near
      (br_if $near (i64.lt_u (local.get $n) (i64.const 256)))
      (local.set $steps (i64.ctz (local.get $n)))
      (local.set $n (i64.shr_u (local.get $n) (local.get $steps)))
      (loop $again
        (br_if $near (i64.lt_u (local.get $n) (i64.const 256)))
        (local.set $n (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1)))
        (local.set $zeros (i64.ctz (local.get $n)))
        (local.set $n (i64.shr_u (local.get $n) (local.get $zeros)))
        (local.set $steps
          (i64.add (local.get $steps) (i64.add (local.get $zeros) (i64.const 1))))
        (br $again)))
    (i64.add
      (local.get $steps)
      (i64.load8_u (i32.wrap_i64 (local.get $n))))))
