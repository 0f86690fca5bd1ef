;; ENDING: refused:no-entry
;; The right name for the wrong thing.
(module
  (memory (export "run") 1))
