;; Reads the book from the first page on and compares letter by letter.
;; Words that are not in the book cost most: all of it is read.
(module
  (memory (export "memory") 1)
  ;; Records: the length of the word, the length of the answer, the word, the answer. A word of no length ends them,
  ;; with the answer to everything else.
  (data (i32.const 0)
    "\05\04wateraqua"
    "\04\05fireignis"
    "\05\05earthterra"
    "\03\03airaer"
    "\03\03sunsol"
    "\04\04moonluna"
    "\04\06starstella"
    "\03\04seamare"
    "\00\06nescio"
  )
  (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
    (local $record i32)
    (local $word i32)
    (local $i i32)
    (loop $next
      (local.set $word (i32.load8_u (local.get $record)))
      (block $found
        ;; The end of the book.
        (br_if $found (i32.eqz (local.get $word)))
        (block $other
          (br_if $other (i32.ne (local.get $word) (local.get $length)))
          (local.set $i (i32.const 0))
          (loop $letters
            (br_if $found (i32.eq (local.get $i) (local.get $length)))
            (br_if $other
              (i32.ne
                (i32.load8_u (i32.add (local.get $at) (local.get $i)))
                (i32.load8_u offset=2 (i32.add (local.get $record) (local.get $i)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $letters)))
        (local.set $record
          (i32.add
            (i32.add (local.get $record) (i32.const 2))
            (i32.add (local.get $word) (i32.load8_u offset=1 (local.get $record)))))
        (br $next)))
    ;; The answer stands behind the word.
    (i32.add (i32.add (local.get $record) (i32.const 2)) (local.get $word))
    (i32.load8_u offset=1 (local.get $record))))
