;; The root bit by bit, from the highest one down, with additions and shifts alone.
;; $rest is what n has left after the square found so far; $place is the square of the bit under test, a power
;; of four; $root holds the root found so far, shifted so that one comparison decides about the next bit.
(module
  (func (export "run") (param $rest i64) (result i64)
    (local $root i64)
    (local $place i64)
    (local $try i64)
    (if (i64.eqz (local.get $rest)) (then (return (i64.const 0))))
    ;; The largest power of four that is not above n: the highest bit with its lowest position bit cleared.
    (local.set $place
      (i64.shl
        (i64.const 1)
        (i64.and
          (i64.sub (i64.const 63) (i64.clz (local.get $rest)))
          (i64.const -2))))
    (loop $again
      (local.set $try (i64.add (local.get $root) (local.get $place)))
      (local.set $root (i64.shr_u (local.get $root) (i64.const 1)))
      (if (i64.ge_u (local.get $rest) (local.get $try))
        (then
          (local.set $rest (i64.sub (local.get $rest) (local.get $try)))
          (local.set $root (i64.add (local.get $root) (local.get $place)))))
      (local.set $place (i64.shr_u (local.get $place) (i64.const 2)))
      (br_if $again (i64.ne (local.get $place) (i64.const 0))))
    (local.get $root)))
