;; Says what is expected in generated cases. Euclid's method in the words of its definition, as a recursion:
;; gcd(a, 0) = a, gcd(a, b) = gcd(b, a mod b). At most 91 calls deep.
(module
  (func $gcd (export "run") (param $a i64) (param $b i64) (result i64)
    (if (result i64) (i64.eqz (local.get $b))
      (then (local.get $a))
      (else
        (call $gcd
          (local.get $b)
          (i64.rem_u (local.get $a) (local.get $b)))))))
