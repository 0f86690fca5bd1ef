;; ENDING: refused:too-deep
;; A hundred blocks within each other.
(module
  (func (export "run") (result i64)
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    end end end end end end end end end end
    i64.const 1))
