;; ENDING: refused:not-wasm
;; No bytes at all.
(module binary)
