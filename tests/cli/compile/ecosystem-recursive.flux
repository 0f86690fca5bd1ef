// FAIL: compile % -o %out.wasm
ECOSYSTEM "long" {
    ENTITY "reader" { TYPE: Recursive.Ensemble MODEL_KEY: "m" }
    ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Read" { EXECUTE: "reader" } }
    POLICY { REQUIRE_JUDGE: false }
}
