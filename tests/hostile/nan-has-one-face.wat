;; ENDING: result
;; Makes one NaN of another and looks at its bits: results of arithmetic have the canonical ones on every machine, so
;; no genome can tell machines apart by them.
(module
  (func $bits (param $x f64) (param $y f64) (result i64)
    (i64.and
      (i64.reinterpret_f64 (f64.add (local.get $x) (local.get $y)))
      (i64.const 0x7fffffffffffffff)))
  (func $expect (param $bits i64)
    (if (i64.ne (local.get $bits) (i64.const 0x7ff8000000000000)) (then (unreachable))))
  (func (export "run") (result i64)
    (call $expect (call $bits (f64.const nan:0x4000000000001) (f64.const 1)))
    (call $expect (call $bits (f64.const 1) (f64.const -nan:0xfffffffffffff)))
    (call $expect (call $bits (f64.const inf) (f64.const -inf)))
    (i64.const 1)))
