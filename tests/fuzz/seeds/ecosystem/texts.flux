ECOSYSTEM "a" {
    VERSION: "1.0
    DEFAULT_POLICY: "\q and \u{110000}"
    ENTITY "b {
        NATURE: "x"
    }
}
