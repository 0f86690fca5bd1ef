ECOSYSTEM "uses" {
    ENTITY "around" { USES: "../uses/circle.flux" }
    ENTITY "self" { TYPE: ECOSYSTEM USES: "uses.flux" }
    ENTITY "gone" { USES: "gone.flux" }
    ENTITY "model" { TYPE: Model.Transformer USES: "../uses/more.flux" }
    ATTRACTOR "q" {
        ON_INTENT: ["*"]
        STAGE "1" { EXECUTE: "around" }
        STAGE "2" { EXECUTE: "self" }
        STAGE "3" { EXECUTE: "gone" }
        STAGE "4" { EXECUTE: "model" }
    }
    POLICY { REQUIRE_JUDGE: false }
}
