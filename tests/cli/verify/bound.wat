;; FAIL: verify % --bound locals=3
(module (func (export "run") (result i64) (local i64 i64 i64 i64) (i64.const 1)))
