;; ENDING: refused:no-entry
;; A module that exports nothing.
(module
  (func (result i64) (i64.const 1)))
