;; FAIL: diff tests/cli/inspect/json.wat % --json
(module (func $body (export "run") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1))))
