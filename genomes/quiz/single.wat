;; Always asks the same one, who knows a little of everything.
(module
  (import "model" "generate"
    (func $generate
      (param $model i32) (param $model_length i32) (param $prompt i32) (param $prompt_length i32)
      (param $temperature f32) (param $tokens i32)
      (param $has_system i32) (param $system i32) (param $system_length i32)
      (param $stops i32) (param $n_stops i32)
      (param $result i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (data (i32.const 0) "polymath")
  (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
    (call $generate
      (i32.const 0) (i32.const 8) (local.get $at) (local.get $length)
      (f32.const 0) (i32.const 32)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0)
      (i32.const 32))
    (if (result i32 i32) (i32.load8_u (i32.const 32))
      (then (i32.const 0) (i32.const 0))
      (else (i32.load (i32.const 36)) (i32.load (i32.const 40))))))
