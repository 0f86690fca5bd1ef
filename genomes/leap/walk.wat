;; Without a division: takes 400 years away while it can, then walks from there by centuries and by fours, and looks
;; whether one of the walks meets the year. Years of people are near, so there this is merely slow. The largest
;; number is 2^54 rounds away, and the budget ends that walk; the smallest has no counterpart above zero, and is
;; answered wrongly.
(module
  (func (export "run") (param $year i64) (result i64)
    (local $fours i64)
    (local $hundreds i64)
    ;; The calendar is the same on both sides of year 0.
    (if (i64.lt_s (local.get $year) (i64.const 0))
      (then (local.set $year (i64.sub (i64.const 0) (local.get $year)))))
    ;; Four hundred years later it is the same again.
    (block $near
      (loop $again
        (br_if $near (i64.lt_s (local.get $year) (i64.const 400)))
        (local.set $year (i64.sub (local.get $year) (i64.const 400)))
        (br $again)))
    (if (i64.eqz (local.get $year)) (then (return (i64.const 1))))
    (block $century
      (loop $again
        (br_if $century (i64.ge_s (local.get $hundreds) (local.get $year)))
        (local.set $hundreds (i64.add (local.get $hundreds) (i64.const 100)))
        (br $again)))
    (if (i64.eq (local.get $hundreds) (local.get $year)) (then (return (i64.const 0))))
    (block $fourth
      (loop $again
        (br_if $fourth (i64.ge_s (local.get $fours) (local.get $year)))
        (local.set $fours (i64.add (local.get $fours) (i64.const 4)))
        (br $again)))
    (i64.extend_i32_u (i64.eq (local.get $fours) (local.get $year)))))
