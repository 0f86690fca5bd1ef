;; ENDING: refused:not-granted
;; GRANT: senses
;; Imports files beside what was granted. It never calls them; asking is enough.
(module
  (import "senses" "sense" (func $sense (param i32) (result i64)))
  (import "files" "remove" (func $remove (param i32 i32 i32)))
  (func (export "run") (result i64) (call $sense (i32.const 0))))
