;; ENDING: refused:invalid
;; A core module's head, and a section that is longer than the file.
(module binary "\00asm" "\01\00\00\00" "\01\ff\ff\ff\ff\0f")
