;; bitwise.wat from the other end: lowest bit first, with the polynomial mirrored to 0xe0. Some devices do it this way,
;; but it is another check; only where nothing but zeros comes in are the two the same.
(module
  (memory (export "memory") 1)
  ;; The first eight bytes hold the result.
  (global (export "__heap_base") i32 (i32.const 8))
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $end i32)
    (local $crc i32)
    (local $bit i32)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 3))))
    (block $done
      (loop $each
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $crc (i32.xor (local.get $crc) (i32.load8_u (local.get $at))))
        (local.set $bit (i32.const 8))
        (loop $bits
          (local.set $crc
            (i32.xor
              (i32.shr_u (local.get $crc) (i32.const 1))
              (i32.mul
                (i32.and (local.get $crc) (i32.const 1))
                (i32.const 0xe0))))
          (local.set $bit (i32.sub (local.get $bit) (i32.const 1)))
          (br_if $bits (local.get $bit)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $each)))
    (i64.store (i32.const 0) (i64.extend_i32_u (local.get $crc)))
    (i32.const 0)
    (i32.const 1)))
