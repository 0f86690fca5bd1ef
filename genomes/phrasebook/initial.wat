;; Believes that the first letter says it all: one look-up, no comparison. It takes the sea and every star for the
;; sun, and answers words that are not in the book.
(module
  (memory (export "memory") 1)
  ;; Eight bytes a letter: the length of the answer, and the answer; no length where no word begins with the letter.
  (data (i32.const 0)
    "\03aer\00\00\00\00"  ;; a
    "\00\00\00\00\00\00\00\00"  ;; b
    "\00\00\00\00\00\00\00\00"  ;; c
    "\00\00\00\00\00\00\00\00"  ;; d
    "\05terra\00\00"  ;; e
    "\05ignis\00\00"  ;; f
    "\00\00\00\00\00\00\00\00"  ;; g
    "\00\00\00\00\00\00\00\00"  ;; h
    "\00\00\00\00\00\00\00\00"  ;; i
    "\00\00\00\00\00\00\00\00"  ;; j
    "\00\00\00\00\00\00\00\00"  ;; k
    "\00\00\00\00\00\00\00\00"  ;; l
    "\04luna\00\00\00"  ;; m
    "\00\00\00\00\00\00\00\00"  ;; n
    "\00\00\00\00\00\00\00\00"  ;; o
    "\00\00\00\00\00\00\00\00"  ;; p
    "\00\00\00\00\00\00\00\00"  ;; q
    "\00\00\00\00\00\00\00\00"  ;; r
    "\03sol\00\00\00\00"  ;; s
    "\00\00\00\00\00\00\00\00"  ;; t
    "\00\00\00\00\00\00\00\00"  ;; u
    "\00\00\00\00\00\00\00\00"  ;; v
    "\04aqua\00\00\00"  ;; w
    "\00\00\00\00\00\00\00\00"  ;; x
    "\00\00\00\00\00\00\00\00"  ;; y
    "\00\00\00\00\00\00\00\00"  ;; z
    "\06nescio"
  )
  (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
    (local $letter i32)
    (local $row i32)
    ;; Row 26, at 208, is for everything else.
    (local.set $row (i32.const 208))
    (if (local.get $length)
      (then
        (local.set $letter (i32.sub (i32.load8_u (local.get $at)) (i32.const 97)))
        (if (i32.lt_u (local.get $letter) (i32.const 26))
          (then
            (local.set $letter (i32.shl (local.get $letter) (i32.const 3)))
            (if (i32.load8_u (local.get $letter))
              (then (local.set $row (local.get $letter))))))))
    (i32.add (local.get $row) (i32.const 1))
    (i32.load8_u (local.get $row))))
