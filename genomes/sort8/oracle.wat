;; Says what is expected in generated cases: the place of a number is how many come before it, which are those that
;; are smaller and those equal ones that stood before it. Each number is written straight to its place.
(module
  (memory (export "memory") 1)
  ;; The first 64 bytes hold the result.
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $i i32)
    (local $j i32)
    (local $place i32)
    (local $x i64)
    (local $y i64)
    (loop $each
      (local.set $x (i64.load (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 3)))))
      (local.set $place (i32.const 0))
      (local.set $j (i32.const 0))
      (loop $others
        (local.set $y (i64.load (i32.add (local.get $at) (i32.shl (local.get $j) (i32.const 3)))))
        (local.set $place
          (i32.add
            (local.get $place)
            (i32.or
              (i64.lt_s (local.get $y) (local.get $x))
              (i32.and
                (i64.eq (local.get $y) (local.get $x))
                (i32.lt_u (local.get $j) (local.get $i))))))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $others (i32.lt_u (local.get $j) (i32.const 8))))
      (i64.store (i32.shl (local.get $place) (i32.const 3)) (local.get $x))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $each (i32.lt_u (local.get $i) (i32.const 8))))
    (i32.const 0)
    (i32.const 8)))
