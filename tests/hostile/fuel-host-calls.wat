;; ENDING: out-of-fuel
;; GRANT: random
;; Keeps the host busy: every call has its price.
(module
  (import "random" "next" (func $next (result i64)))
  (func (export "run") (result i64)
    (loop $again
      (drop (call $next))
      (br $again))
    (unreachable)))
