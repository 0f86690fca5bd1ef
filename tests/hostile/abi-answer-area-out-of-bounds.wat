;; ENDING: trap:abi-violation
;; GRANT: mail
;; Gives the host an address outside the memory to put its answer to.
(module
  (import "mail" "tell" (func $tell (param i32 i32 i32 i32)))
  (memory (export "memory") 1 1)
  (func (export "run") (result i64)
    (call $tell (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 65532))
    (i64.const 1)))
