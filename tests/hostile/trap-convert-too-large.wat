;; ENDING: trap:integer-overflow
;; Neither has 2^63, in 64 bits with a sign.
(module
  (func (export "run") (result i64)
    (i64.trunc_f64_s (f64.const 9223372036854775808))))
