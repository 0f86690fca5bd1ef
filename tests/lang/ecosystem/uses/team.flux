ECOSYSTEM "team" {
    ENTITY "b" { TYPE: Model.Transformer MODEL_KEY: "b" }
    ENTITY "more" { USES: "more.flux" }
    ATTRACTOR "q" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "b" } STAGE "t" { EXECUTE: "more" } }
    POLICY { REQUIRE_JUDGE: false }
}
