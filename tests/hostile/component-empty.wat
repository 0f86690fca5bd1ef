;; ENDING: refused:no-entry
;; A component without anything in it.
(component)
