;; RUN: verify % --grant random --parent genomes/gcd/euclid.wat --parent tests/cli/verify/allowed.wat
(module
  (import "random" "next" (func $next (result i64)))
  (func (export "run") (result i64) (i64.add (call $next) (i64.const 1))))
