;; RUN: mutate % --operator swap-operator --seed 3
(module
  (func $power (export "run") (param $base i64) (param $exponent i64) (result i64) (local $product i64)
    (local.set $product (i64.const 1))
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $exponent)))
        (local.set $product (i64.mul (local.get $product) (local.get $base)))
        (local.set $exponent (i64.sub (local.get $exponent) (i64.const 1)))
        (br $again)))
    (local.get $product)))
