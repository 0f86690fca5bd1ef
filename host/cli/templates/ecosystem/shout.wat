;; Turns the letters a to z into capitals, in place.
(module
  (memory 1)
  (func (export "answer") (param $text i32) (param $length i32) (result i32 i32)
    (local $at i32)
    (local $end i32)
    (local $letter i32)
    (local.set $at (local.get $text))
    (local.set $end (i32.add (local.get $text) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $letter (i32.load8_u (local.get $at)))
        ;; Below 26 when counted from `a`, without a sign: a letter.
        (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 97)) (i32.const 26))
          (then (i32.store8 (local.get $at) (i32.sub (local.get $letter) (i32.const 32)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $text)
    (local.get $length)))
