;; FAIL: run % --cycles 1_000_000
(module (func $spin (export "run") (result i64) (loop $again (br $again)) (i64.const 0)))
