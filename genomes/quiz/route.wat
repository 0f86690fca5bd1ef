;; Asks the one who suits the question: where it begins as in "how much", the one who counts.
(module
  (import "model" "generate"
    (func $generate
      (param $model i32) (param $model_length i32) (param $prompt i32) (param $prompt_length i32)
      (param $temperature f32) (param $tokens i32)
      (param $has_system i32) (param $system i32) (param $system_length i32)
      (param $stops i32) (param $n_stops i32)
      (param $result i32)))
  (memory (export "memory") 1)
  ;; Below this lies what is written here; the result of a call is put at 32.
  (global (export "__heap_base") i32 (i32.const 64))
  (data (i32.const 0) "atlas")
  (data (i32.const 8) "abacus")
  (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
    (local $counts i32)
    ;; 72 is an H. Nothing is there to be read where the question is empty, and nothing goes wrong.
    (local.set $counts (i32.eq (i32.load8_u (local.get $at)) (i32.const 72)))
    (call $generate
      (i32.mul (local.get $counts) (i32.const 8)) (i32.add (local.get $counts) (i32.const 5))
      (local.get $at) (local.get $length)
      (f32.const 0) (i32.const 32)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0)
      (i32.const 32))
    ;; Whoever has no answer says nothing.
    (if (result i32 i32) (i32.load8_u (i32.const 32))
      (then (i32.const 0) (i32.const 0))
      (else (i32.load (i32.const 36)) (i32.load (i32.const 40))))))
