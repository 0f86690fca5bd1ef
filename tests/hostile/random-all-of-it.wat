;; ENDING: result
;; GRANT: random
;; Draws a thousand numbers; there is no pool that could run dry.
(module
  (import "random" "next" (func $next (result i64)))
  (func (export "run") (result i64)
    (local $left i64)
    (local.set $left (i64.const 1000))
    (loop $again
      (drop (call $next))
      (local.set $left (i64.sub (local.get $left) (i64.const 1)))
      (br_if $again (i64.ne (local.get $left) (i64.const 0))))
    (i64.const 1)))
