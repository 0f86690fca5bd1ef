;; ENDING: out-of-fuel
;; Spins on operators that cost nothing; going round costs the branch.
(module
  (func (export "run") (result i64)
    (loop $again
      (block (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop))
      (br $again))
    (unreachable)))
