;; One multiplication finds the only row where a word could stand, one comparison says whether it does.
;; A word of up to eight bytes is one 64-bit number; the multiplier was chosen so that the upper three bits of the
;; product are different for the eight words.
(module
  (memory (export "memory") 1)
  ;; Rows of 16 bytes: the word, padded with zeros; where its answer is; how long the answer is. The ninth row is for
  ;; all other words.
  (data (i32.const 0)
    "water\00\00\00" "\90\00\00\00" "\04\00\00\00"
    "moon\00\00\00\00" "\94\00\00\00" "\04\00\00\00"
    "fire\00\00\00\00" "\98\00\00\00" "\05\00\00\00"
    "star\00\00\00\00" "\9d\00\00\00" "\06\00\00\00"
    "sun\00\00\00\00\00" "\a3\00\00\00" "\03\00\00\00"
    "air\00\00\00\00\00" "\a6\00\00\00" "\03\00\00\00"
    "earth\00\00\00" "\a9\00\00\00" "\05\00\00\00"
    "sea\00\00\00\00\00" "\ae\00\00\00" "\04\00\00\00"
    "\00\00\00\00\00\00\00\00" "\b2\00\00\00" "\06\00\00\00"
    ;; From 144 on, the answers.
    "aqualunaignisstellasolaerterramarenescio"
  )
  (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
    (local $word i64)
    (local $spare i64)
    (local $row i32)
    (block $unknown
      ;; Empty, or longer than eight bytes.
      (br_if $unknown
        (i32.ge_u (i32.sub (local.get $length) (i32.const 1)) (i32.const 8)))
      ;; Eight bytes are loaded whatever the length; those past the end are shifted out and replaced by zeros.
      (local.set $spare
        (i64.extend_i32_u
          (i32.shl (i32.sub (i32.const 8) (local.get $length)) (i32.const 3))))
      (local.set $word
        (i64.shl (i64.load align=1 (local.get $at)) (local.get $spare)))
      ;; A zero at the end of the prompt would look like one that is padding.
      (br_if $unknown (i64.lt_u (local.get $word) (i64.const 0x100000000000000)))
      (local.set $word (i64.shr_u (local.get $word) (local.get $spare)))
      (local.set $row
        (i32.wrap_i64
          (i64.and
            (i64.shr_u
              (i64.mul (local.get $word) (i64.const 0x803468b6b610a9f7))
              (i64.const 57))
            (i64.const 0x70))))
      (br_if $unknown (i64.ne (i64.load (local.get $row)) (local.get $word)))
      (return
        (i32.load offset=8 (local.get $row))
        (i32.load offset=12 (local.get $row))))
    (i32.load offset=136 (i32.const 0))
    (i32.load offset=140 (i32.const 0))))
