ECOSYSTEM "fallbacks" {
    ENTITY "1" { TYPE: Model.Transformer FALLBACK: "2" }
    ENTITY "2" { TYPE: Model.Transformer FALLBACK: "3" }
    ENTITY "3" { TYPE: Model.Transformer FALLBACK: "4" }
    ENTITY "4" { TYPE: Model.Transformer FALLBACK: "5" }
    ENTITY "5" { TYPE: Model.Transformer FALLBACK: "6" }
    ENTITY "6" { TYPE: Model.Transformer }
    ENTITY "self" { TYPE: Model.Transformer FALLBACK: "self" }
    ENTITY "x" { TYPE: Model.Transformer FALLBACK: "y" }
    ENTITY "y" { TYPE: Model.Transformer FALLBACK: "z" }
    ENTITY "z" { TYPE: Model.Transformer FALLBACK: "y" }
    ATTRACTOR "q" {
        ON_INTENT: ["*"]
        STAGE "a" { EXECUTE: "1" }
        STAGE "b" { EXECUTE: "self" }
        STAGE "c" { EXECUTE: "x" }
    }
    POLICY { REQUIRE_JUDGE: false }
}
