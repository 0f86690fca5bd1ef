;; Tells its number and goes with it: cheap, and right only where it is the larger one.
(module
  (import "mail" "tell" (func $tell (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  ;; The first 16 bytes hold what the send returned.
  (global (export "__heap_base") i32 (i32.const 16))
  (func (export "run") (param $mine i32) (param $count i32) (result i32 i32)
    (call $tell (i32.const 1) (local.get $mine) (i32.const 8) (i32.const 0))
    (local.get $mine)
    (i32.const 1)))
