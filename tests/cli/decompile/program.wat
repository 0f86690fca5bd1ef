;; FAIL: decompile %
(module (func (export "run") (param i64) (result i64) (local.get 0)))
