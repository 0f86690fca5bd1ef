;; Insertion sort, in place: what is left of $i is in order; the number at $i moves left past everything larger.
;; Takes any length.
(module
  (memory (export "memory") 1)
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $end i32)
    (local $i i32)
    (local $j i32)
    (local $x i64)
    (local $y i64)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 3))))
    (local.set $i (i32.add (local.get $at) (i32.const 8)))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $i) (local.get $end)))
        (local.set $x (i64.load (local.get $i)))
        (local.set $j (local.get $i))
        (block $placed
          (loop $left
            (br_if $placed (i32.le_u (local.get $j) (local.get $at)))
            (local.set $y (i64.load (i32.sub (local.get $j) (i32.const 8))))
            (br_if $placed (i64.le_s (local.get $y) (local.get $x)))
            (i64.store (local.get $j) (local.get $y))
            (local.set $j (i32.sub (local.get $j) (i32.const 8)))
            (br $left)))
        (i64.store (local.get $j) (local.get $x))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br $each)))
    (local.get $at)
    (local.get $count)))
