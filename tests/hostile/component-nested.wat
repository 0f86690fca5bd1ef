;; ENDING: refused:too-deep-components
;; Components within components.
(component (component (component (component (component (component (component (component (component (component
))))))))))
