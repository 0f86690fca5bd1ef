;; Adds in parallel: 32 pairs of bits, 16 pairs of pairs, 8 pairs of fours, and then all 8 bytes at once.
(module
  (func (export "run") (param $n i64) (result i64)
    ;; Each pair of bits becomes its own count: 0b11 - 0b01 = 2, 0b10 - 0b01 = 1, 0b01 - 0 = 1.
    (local.set $n
      (i64.sub
        (local.get $n)
        (i64.and
          (i64.shr_u (local.get $n) (i64.const 1))
          (i64.const 0x5555555555555555))))
    ;; Two pairs make a count of at most 4 in four bits.
    (local.set $n
      (i64.add
        (i64.and (local.get $n) (i64.const 0x3333333333333333))
        (i64.and
          (i64.shr_u (local.get $n) (i64.const 2))
          (i64.const 0x3333333333333333))))
    ;; Two fours make a count of at most 8 in a byte; it fits four bits, so masking once is enough.
    (local.set $n
      (i64.and
        (i64.add (local.get $n) (i64.shr_u (local.get $n) (i64.const 4)))
        (i64.const 0x0f0f0f0f0f0f0f0f)))
    ;; The product's highest byte is the sum of all bytes.
    (i64.shr_u
      (i64.mul (local.get $n) (i64.const 0x0101010101010101))
      (i64.const 56))))
