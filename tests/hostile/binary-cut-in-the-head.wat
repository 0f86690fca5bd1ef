;; ENDING: refused:invalid
;; Half of a head.
(module binary "\00asm" "\0d\00")
