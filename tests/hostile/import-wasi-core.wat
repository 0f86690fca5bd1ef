;; ENDING: refused:wasi
;; A core module of the older WASI, as most toolchains still make them.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "run") (result i64)
    (call $exit (i32.const 0))
    (i64.const 1)))
