ECOSYSTEM "a" {
    ENTITY "b" {
        TYPE: ECOSYSTEM
