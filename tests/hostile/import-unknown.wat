;; ENDING: refused:unknown-import
;; Imports an interface that no host of genomes offers.
(component
  (import "acme:network/sockets@1.0.0" (instance
    (export "connect" (func (param "host" string) (result u32)))))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "run") (param i32 i32) (result i32) (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "input" (list s64)) (result (list s64))
    (canon lift (core func $i "run")
      (memory (core memory $i "memory"))
      (realloc (core func $i "realloc")))))
