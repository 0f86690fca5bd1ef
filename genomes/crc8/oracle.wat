;; Says what is expected in generated cases. The message is read as one long polynomial over two elements, and its
;; remainder by x^8 + x^2 + x + 1 taken as with pencil and paper: eight zero bits are appended, bits come in from
;; the right one by one, and whenever the remainder has nine bits the divisor is taken away.
(module
  (memory (export "memory") 1)
  ;; The first eight bytes hold the result.
  (global (export "__heap_base") i32 (i32.const 8))
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $i i32)
    (local $bits i32)
    (local $bit i64)
    (local $rest i64)
    ;; One byte more than there are: the zeros.
    (local.set $bits (i32.shl (i32.add (local.get $count) (i32.const 1)) (i32.const 3)))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $i) (local.get $bits)))
        (local.set $bit (i64.const 0))
        (if (i32.lt_u (i32.shr_u (local.get $i) (i32.const 3)) (local.get $count))
          (then
            ;; Bit i of the message is bit 7 - (i mod 8) of number i / 8, and numbers are 8 bytes apart.
            (local.set $bit
              (i64.and
                (i64.shr_u
                  (i64.load
                    (i32.add
                      (local.get $at)
                      (i32.and (local.get $i) (i32.const -8))))
                  (i64.extend_i32_u
                    (i32.sub
                      (i32.const 7)
                      (i32.and (local.get $i) (i32.const 7)))))
                (i64.const 1)))))
        (local.set $rest
          (i64.or (i64.shl (local.get $rest) (i64.const 1)) (local.get $bit)))
        (if (i64.ge_u (local.get $rest) (i64.const 0x100))
          (then (local.set $rest (i64.xor (local.get $rest) (i64.const 0x107)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $each)))
    (i64.store (i32.const 0) (local.get $rest))
    (i32.const 0)
    (i32.const 1)))
