;; A founder: x itself, with functions and parts that a search may use.
(module
  (func $f (param $x f64) (param $y f64) (result f64)
    (local.get $x))
  ;; Never called: parts for a search to put together.
  (func $parts (param $x f64) (param $y f64) (result f64)
    (local.set $x (f64.mul (local.get $x) (local.get $x)))
    (local.set $x (f64.add (local.get $x) (f64.const 1)))
    (local.set $x (f64.sub (local.get $x) (f64.const 1)))
    (local.set $x (f64.div (local.get $x) (f64.const 2)))
    (local.set $x (call $sin (local.get $x)))
    (local.set $x (call $cos (local.get $x)))
    (local.set $x (call $exp (local.get $x)))
    (local.set $x (call $log (local.get $x)))
    (local.set $x (f64.mul (local.get $x) (local.get $y)))
    (local.set $x (f64.add (local.get $x) (local.get $y)))
    (local.set $x (f64.sub (local.get $x) (local.get $y)))
    (local.set $x (f64.div (local.get $x) (local.get $y)))
    (local.set $x (call $sin (local.get $y)))
    (local.set $x (call $cos (local.get $y)))
    (local.set $x (call $exp (local.get $y)))
    (local.set $x (call $log (local.get $y)))
    (local.get $x))
  ;; Sine by its series after whole turns are taken away; 14 terms leave less than the last bit.
  (func $sin (param $x f64) (result f64)
    (local $k f64) (local $r f64)
    (local.set $x
      (f64.sub
        (local.get $x)
        (f64.mul
          (f64.nearest (f64.mul (local.get $x) (f64.const 0.15915494309189535)))
          (f64.const 6.283185307179586))))
    (local.set $k (f64.const 28))
    (local.set $r (f64.const 1))
    (loop $again
      (local.set $r
        (f64.sub
          (f64.const 1)
          (f64.div
            (f64.mul (local.get $r) (f64.mul (local.get $x) (local.get $x)))
            (f64.mul (local.get $k) (f64.add (local.get $k) (f64.const 1))))))
      (local.set $k (f64.sub (local.get $k) (f64.const 2)))
      (br_if $again (f64.gt (local.get $k) (f64.const 0))))
    (f64.mul (local.get $x) (local.get $r)))
  (func $cos (param $x f64) (result f64)
    (call $sin (f64.add (local.get $x) (f64.const 1.5707963267948966))))
  ;; A power of two times the series of what is left, at most half the logarithm of two.
  (func $exp (param $x f64) (result f64)
    (local $n f64) (local $k f64) (local $r f64)
    (local.set $n
      (f64.max
        (f64.const -1022)
        (f64.min (f64.const 1023) (f64.nearest (f64.mul (local.get $x) (f64.const 1.4426950408889634))))))
    (local.set $x (f64.sub (local.get $x) (f64.mul (local.get $n) (f64.const 0.6931471805599453))))
    (local.set $k (f64.const 14))
    (local.set $r (f64.const 1))
    (loop $again
      (local.set $r
        (f64.add
          (f64.const 1)
          (f64.div (f64.mul (local.get $r) (local.get $x)) (local.get $k))))
      (local.set $k (f64.sub (local.get $k) (f64.const 1)))
      (br_if $again (f64.gt (local.get $k) (f64.const 0))))
    (f64.mul
      (local.get $r)
      (f64.reinterpret_i64
        (i64.shl
          (i64.add (i64.trunc_sat_f64_s (local.get $n)) (i64.const 1023))
          (i64.const 52)))))
  ;; The exponent times the logarithm of two, and the series of (1 + s) / (1 - s) for the mantissa.
  ;; Not a number for what is negative.
  (func $log (param $x f64) (result f64)
    (local $k f64) (local $r f64) (local $m f64) (local $s f64)
    (if (f64.lt (local.get $x) (f64.const 0)) (then (return (f64.const nan))))
    (local.set $m
      (f64.reinterpret_i64
        (i64.or
          (i64.and (i64.reinterpret_f64 (local.get $x)) (i64.const 0x000fffffffffffff))
          (i64.const 0x3ff0000000000000))))
    (local.set $s
      (f64.div
        (f64.sub (local.get $m) (f64.const 1))
        (f64.add (local.get $m) (f64.const 1))))
    (local.set $k (f64.const 37))
    (loop $again
      (local.set $r
        (f64.add
          (f64.div (f64.const 1) (local.get $k))
          (f64.mul (local.get $r) (f64.mul (local.get $s) (local.get $s)))))
      (local.set $k (f64.sub (local.get $k) (f64.const 2)))
      (br_if $again (f64.gt (local.get $k) (f64.const 0))))
    (f64.add
      (f64.mul
        (f64.convert_i64_s
          (i64.sub
            (i64.shr_u (i64.reinterpret_f64 (local.get $x)) (i64.const 52))
            (i64.const 1023)))
        (f64.const 0.6931471805599453))
      (f64.mul (f64.const 2) (f64.mul (local.get $s) (local.get $r)))))
  (func (export "run") (param $x i64) (param $y i64) (result i64)
    (i64.trunc_sat_f64_s
      (f64.nearest
        (f64.mul
          (call $f (f64.mul (f64.convert_i64_s (local.get $x)) (f64.const 0x1p-32)) (f64.mul (f64.convert_i64_s (local.get $y)) (f64.const 0x1p-32)))
          (f64.const 0x1p32)))))
  ;; The gene map: $f may change, $parts is there to be copied from.
  (@custom "flux.genes" "\01\02\04\01\66\02\00\00\04\05\70\61\72\74\73\02\01\01\00\00"))
