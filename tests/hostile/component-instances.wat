;; ENDING: refused:engine
;; REPEAT: i 200
;; One module, instantiated two hundred times.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "run") (param i32 i32) (result i32) (i32.const 16)))
;;BEGIN
  (core instance $n$i (instantiate $m))
;;END
  (func (export "run") (param "input" (list s64)) (result (list s64))
    (canon lift (core func $n0 "run")
      (memory (core memory $n0 "memory"))
      (realloc (core func $n0 "realloc")))))
