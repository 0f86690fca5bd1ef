;; CRC-32 of 32 bytes by hash-wasm: the module builds its tables, reads its buffer, and leaves four bytes there.
(module
  (import "module" "memory" (memory 2))
  (import "module" "Hash_GetBuffer" (func $buffer (result i32)))
  (import "module" "Hash_Calculate" (func $calculate (param $length i32) (param $polynomial i32)))
  ;; Behind the module's stack, buffer and tables.
  (global (export "__heap_base") i32 (i32.const 122880))
  (func (export "run") (param i64 i64 i64 i64) (result i64)
    (local $at i32)
    (local.set $at (call $buffer))
    (i64.store offset=0 (local.get $at) (local.get 0))
    (i64.store offset=8 (local.get $at) (local.get 1))
    (i64.store offset=16 (local.get $at) (local.get 2))
    (i64.store offset=24 (local.get $at) (local.get 3))
    (call $calculate (i32.const 32) (i32.const 0xedb88320))
    (i64.load32_u (local.get $at))))
