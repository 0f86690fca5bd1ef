;; Asks for the other number with its own in the question, and then asks once more: two answers that agree are surer
;; than one, and twice as dear.
(module
  (import "mail" "ask" (func $ask (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  ;; 0 and 16: what the two questions returned. Answers are put behind them.
  (global (export "__heap_base") i32 (i32.const 32))
  (func (export "run") (param $mine i32) (param $count i32) (result i32 i32)
    (local $first i64)
    (local $second i64)
    (call $ask (i32.const 1) (local.get $mine) (i32.const 8) (i32.const 0))
    (call $ask (i32.const 1) (local.get $mine) (i32.const 8) (i32.const 16))
    ;; Byte 0 of a result is 1 for a fault, and then there is nothing to read.
    (if (i32.or (i32.load8_u (i32.const 0)) (i32.load8_u (i32.const 16)))
      (then (return (local.get $mine) (i32.const 1))))
    (local.set $first (i64.load align=1 (i32.load offset=4 (i32.const 0))))
    (local.set $second (i64.load align=1 (i32.load offset=4 (i32.const 16))))
    (if (i64.ne (local.get $first) (local.get $second)) (then (unreachable)))
    (if (i64.gt_s (local.get $first) (i64.load (local.get $mine)))
      (then (i64.store (local.get $mine) (local.get $first))))
    (local.get $mine)
    (i32.const 1)))
