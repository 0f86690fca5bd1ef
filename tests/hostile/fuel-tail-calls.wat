;; ENDING: out-of-fuel
;; Calls itself for ever in tail position: the stack does not grow, so only the budget ends it.
(module
  (func $self (param $i i64) (result i64)
    (return_call $self (i64.add (local.get $i) (i64.const 1))))
  (func (export "run") (result i64) (call $self (i64.const 0))))
