;; ENDING: refused:invalid
;; A component's head, and a section that is longer than the file.
(module binary "\00asm" "\0d\00\01\00" "\07\ff\ff\ff\ff\0f")
