;; FAIL: verify % --grant random --parent genomes/gcd/euclid.wat
(module
  (import "random" "next" (func $next (result i64)))
  (func (export "run") (result i64) (call $next)))
