;; xxHash of 32 bits over 32 bytes, by xxhash-wasm.
(module
  (import "module" "mem" (memory 1))
  (import "module" "xxh32" (func $xxh32 (param $at i32) (param $length i32) (param $seed i32) (result i32)))
  (global (export "__heap_base") i32 (i32.const 1024))
  (func (export "run") (param i64 i64 i64 i64) (result i64)
    (i64.store offset=0 (i32.const 0) (local.get 0))
    (i64.store offset=8 (i32.const 0) (local.get 1))
    (i64.store offset=16 (i32.const 0) (local.get 2))
    (i64.store offset=24 (i32.const 0) (local.get 3))
    (i64.extend_i32_u (call $xxh32 (i32.const 0) (i32.const 32) (i32.const 2026)))))
