;; ENDING: refused:invalid
;; An operator whose result depends on the machine.
(module
  (func (export "run") (result i64)
    (i64x2.extract_lane 0
      (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 nan nan nan nan)))))
