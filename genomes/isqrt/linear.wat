;; Counts up until the next square is too large. The squares come by adding odd numbers, so a round is cheap,
;; but there are as many rounds as the root is large.
(module
  (func (export "run") (param $n i64) (result i64)
    (local $root i64)
    (local $square i64)
    (local.set $square (i64.const 1))
    (block $done
      (loop $again
        (br_if $done (i64.gt_u (local.get $square) (local.get $n)))
        (local.set $root (i64.add (local.get $root) (i64.const 1)))
        ;; (r + 1)^2 = r^2 + 2r + 1
        (local.set $square
          (i64.add
            (local.get $square)
            (i64.add (i64.shl (local.get $root) (i64.const 1)) (i64.const 1))))
        (br $again)))
    (local.get $root)))
