;; Gives the prompt back as it is.
(module
  (memory 1)
  (func (export "answer") (param $text i32) (param $length i32) (result i32 i32)
    (local.get $text)
    (local.get $length)))
