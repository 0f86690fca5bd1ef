;; ENDING: refused:too-many-modules
;; REPEAT: i 17
;; One module more than the bound.
(component
;;BEGIN
  (core module)
;;END
)
