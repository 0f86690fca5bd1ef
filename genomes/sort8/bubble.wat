;; Bubble sort, in place: as many passes as there are numbers, each over the whole list, with an exchange wherever
;; two neighbours are in the wrong order. It neither shortens its passes nor notices that it is done.
(module
  (memory (export "memory") 1)
  (func (export "run") (param $at i32) (param $count i32) (result i32 i32)
    (local $last i32)
    (local $pass i32)
    (local $i i32)
    (local $x i64)
    (local $y i64)
    (local.set $last
      (i32.sub
        (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 3)))
        (i32.const 8)))
    (block $done
      (loop $passes
        (br_if $done (i32.ge_u (local.get $pass) (local.get $count)))
        (local.set $i (local.get $at))
        (block $end
          (loop $pairs
            (br_if $end (i32.ge_u (local.get $i) (local.get $last)))
            (local.set $x (i64.load (local.get $i)))
            (local.set $y (i64.load offset=8 (local.get $i)))
            (if (i64.gt_s (local.get $x) (local.get $y))
              (then
                (i64.store (local.get $i) (local.get $y))
                (i64.store offset=8 (local.get $i) (local.get $x))))
            (local.set $i (i32.add (local.get $i) (i32.const 8)))
            (br $pairs)))
        (local.set $pass (i32.add (local.get $pass) (i32.const 1)))
        (br $passes)))
    (local.get $at)
    (local.get $count)))
