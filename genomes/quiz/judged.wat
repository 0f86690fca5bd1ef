;; Asks the one who knows a little of everything, has the answer judged, and asks somebody else where it does not hold.
(module
  (import "model" "generate"
    (func $generate
      (param $model i32) (param $model_length i32) (param $prompt i32) (param $prompt_length i32)
      (param $temperature f32) (param $tokens i32)
      (param $has_system i32) (param $system i32) (param $system_length i32)
      (param $stops i32) (param $n_stops i32)
      (param $result i32)))
  (import "judge" "score"
    (func $score
      (param $judge i32) (param $judge_length i32) (param $question i32) (param $question_length i32)
      (param $answer i32) (param $answer_length i32)
      (param $has_reference i32) (param $reference i32) (param $reference_length i32)
      (param $result i32)))
  (memory (export "memory") 1)
  (global (export "__heap_base") i32 (i32.const 64))
  (data (i32.const 0) "polymath")
  (data (i32.const 8) "umpire")
  (data (i32.const 16) "atlas")
  (func $ask (param $model i32) (param $model_length i32) (param $at i32) (param $length i32)
    (call $generate
      (local.get $model) (local.get $model_length) (local.get $at) (local.get $length)
      (f32.const 0) (i32.const 32)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0)
      (i32.const 32)))
  (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
    (block $done
      (call $ask (i32.const 0) (i32.const 8) (local.get $at) (local.get $length))
      (if (i32.eqz (i32.load8_u (i32.const 32)))
        (then
          (call $score
            (i32.const 8) (i32.const 6) (local.get $at) (local.get $length)
            (i32.load (i32.const 36)) (i32.load (i32.const 40))
            (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 48))
          ;; A judge without a verdict is no reason to believe the answer.
          (if (i32.eqz (i32.load8_u (i32.const 48)))
            (then (br_if $done (f32.ge (f32.load (i32.const 52)) (f32.const 0.5)))))))
      (call $ask (i32.const 16) (i32.const 5) (local.get $at) (local.get $length)))
    (if (result i32 i32) (i32.load8_u (i32.const 32))
      (then (i32.const 0) (i32.const 0))
      (else (i32.load (i32.const 36)) (i32.load (i32.const 40))))))
