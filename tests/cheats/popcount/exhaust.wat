;; Never ends: with no result there is no wrong one, and others may starve.
(module
  (func (export "run") (param $n i64) (result i64)
    (loop $for_ever (br $for_ever))
    (unreachable)))
