;; ENDING: refused:invalid
;; A component of a version that does not exist.
(module binary "\00asm" "\7f\00\01\00")
