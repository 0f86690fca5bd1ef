;; ENDING: refused:not-wasm
;; Something else altogether.
(module binary "#!/bin/sh\necho hello\n")
