;; The sorting network with 19 comparators, the fewest there can be for eight numbers.
;; A comparator is a test and, where the two are in the wrong order, an exchange by way of the stack:
;; 4 cycles if they are in order, 8 if not. The comparators of one layer do not depend on each other.
(module
  (func (export "run")
    (param $a i64) (param $b i64) (param $c i64) (param $d i64)
    (param $e i64) (param $f i64) (param $g i64) (param $h i64)
    (result i64 i64 i64 i64 i64 i64 i64 i64)
    ;; Layer 1: a-c, b-d, e-g, f-h
    (if (i64.gt_s (local.get $a) (local.get $c))
      (then (local.get $a) (local.set $a (local.get $c)) (local.set $c)))
    (if (i64.gt_s (local.get $b) (local.get $d))
      (then (local.get $b) (local.set $b (local.get $d)) (local.set $d)))
    (if (i64.gt_s (local.get $e) (local.get $g))
      (then (local.get $e) (local.set $e (local.get $g)) (local.set $g)))
    (if (i64.gt_s (local.get $f) (local.get $h))
      (then (local.get $f) (local.set $f (local.get $h)) (local.set $h)))
    ;; Layer 2: a-e, b-f, c-g, d-h
    (if (i64.gt_s (local.get $a) (local.get $e))
      (then (local.get $a) (local.set $a (local.get $e)) (local.set $e)))
    (if (i64.gt_s (local.get $b) (local.get $f))
      (then (local.get $b) (local.set $b (local.get $f)) (local.set $f)))
    (if (i64.gt_s (local.get $c) (local.get $g))
      (then (local.get $c) (local.set $c (local.get $g)) (local.set $g)))
    (if (i64.gt_s (local.get $d) (local.get $h))
      (then (local.get $d) (local.set $d (local.get $h)) (local.set $h)))
    ;; Layer 3: a-b, c-d, e-f, g-h
    (if (i64.gt_s (local.get $a) (local.get $b))
      (then (local.get $a) (local.set $a (local.get $b)) (local.set $b)))
    (if (i64.gt_s (local.get $c) (local.get $d))
      (then (local.get $c) (local.set $c (local.get $d)) (local.set $d)))
    (if (i64.gt_s (local.get $e) (local.get $f))
      (then (local.get $e) (local.set $e (local.get $f)) (local.set $f)))
    (if (i64.gt_s (local.get $g) (local.get $h))
      (then (local.get $g) (local.set $g (local.get $h)) (local.set $h)))
    ;; Layer 4: c-e, d-f
    (if (i64.gt_s (local.get $c) (local.get $e))
      (then (local.get $c) (local.set $c (local.get $e)) (local.set $e)))
    (if (i64.gt_s (local.get $d) (local.get $f))
      (then (local.get $d) (local.set $d (local.get $f)) (local.set $f)))
    ;; Layer 5: b-e, d-g
    (if (i64.gt_s (local.get $b) (local.get $e))
      (then (local.get $b) (local.set $b (local.get $e)) (local.set $e)))
    (if (i64.gt_s (local.get $d) (local.get $g))
      (then (local.get $d) (local.set $d (local.get $g)) (local.set $g)))
    ;; Layer 6: b-c, d-e, f-g
    (if (i64.gt_s (local.get $b) (local.get $c))
      (then (local.get $b) (local.set $b (local.get $c)) (local.set $c)))
    (if (i64.gt_s (local.get $d) (local.get $e))
      (then (local.get $d) (local.set $d (local.get $e)) (local.set $e)))
    (if (i64.gt_s (local.get $f) (local.get $g))
      (then (local.get $f) (local.set $f (local.get $g)) (local.set $g)))
    (local.get $a) (local.get $b) (local.get $c) (local.get $d)
    (local.get $e) (local.get $f) (local.get $g) (local.get $h)))
