;; The other side of every trial. Tells its number at once, then listens until no mail can come any more; every number
;; it hears is compared with its own, and a question is answered with its own number.
(module
  (import "mail" "me" (func $me (result i32)))
  (import "mail" "tell" (func $tell (param i32 i32 i32 i32)))
  (import "mail" "receive" (func $receive (param i32)))
  (import "mail" "reply" (func $reply (param i64 i32 i32 i32)))
  (memory (export "memory") 1)
  ;; 0: what a send returned; 32: the message that came. Bodies of messages are put behind them.
  (global (export "__heap_base") i32 (i32.const 64))
  (func (export "run") (param $mine i32) (param $count i32) (result i32 i32)
    (local $best i64)
    (local $heard i64)
    (local.set $best (i64.load (local.get $mine)))
    ;; There are two agents, 0 and 1, so the other one is 1 - me.
    (call $tell (i32.sub (i32.const 1) (call $me)) (local.get $mine) (i32.const 8) (i32.const 0))
    (block $done
      (loop $listen
        (call $receive (i32.const 32))
        ;; No message: the other one has ended, or waits as well.
        (br_if $done (i32.eqz (i32.load8_u (i32.const 32))))
        ;; Anything but eight bytes is no number.
        (br_if $listen (i32.ne (i32.load offset=28 (i32.const 32)) (i32.const 8)))
        (local.set $heard (i64.load align=1 (i32.load offset=24 (i32.const 32))))
        ;; Kind 1 is a question.
        (if (i32.eq (i32.load8_u offset=20 (i32.const 32)) (i32.const 1))
          (then
            (call $reply
              (i64.load offset=8 (i32.const 32))
              (local.get $mine)
              (i32.const 8)
              (i32.const 0))))
        (if (i64.gt_s (local.get $heard) (local.get $best))
          (then (local.set $best (local.get $heard))))
        (br $listen)))
    ;; Its own number is not needed any more: the answer takes its place.
    (i64.store (local.get $mine) (local.get $best))
    (local.get $mine)
    (i32.const 1)))
