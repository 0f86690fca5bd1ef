;; Says what is expected in generated cases.
;; Gives the largest coin that is not too large, one after the other.
(module
  (func (export "run") (param $n i64) (result i64 i64 i64 i64)
    (local $quarter i64) (local $dime i64) (local $nickel i64)
    (block $quarter_done
      (loop $quarter_again
        (br_if $quarter_done (i64.lt_s (local.get $n) (i64.const 25)))
        (local.set $n (i64.sub (local.get $n) (i64.const 25)))
        (local.set $quarter (i64.add (local.get $quarter) (i64.const 1)))
        (br $quarter_again)))
    (block $dime_done
      (loop $dime_again
        (br_if $dime_done (i64.lt_s (local.get $n) (i64.const 10)))
        (local.set $n (i64.sub (local.get $n) (i64.const 10)))
        (local.set $dime (i64.add (local.get $dime) (i64.const 1)))
        (br $dime_again)))
    (block $nickel_done
      (loop $nickel_again
        (br_if $nickel_done (i64.lt_s (local.get $n) (i64.const 5)))
        (local.set $n (i64.sub (local.get $n) (i64.const 5)))
        (local.set $nickel (i64.add (local.get $nickel) (i64.const 1)))
        (br $nickel_again)))
    (local.get $n)
    (local.get $nickel)
    (local.get $dime)
    (local.get $quarter)))
