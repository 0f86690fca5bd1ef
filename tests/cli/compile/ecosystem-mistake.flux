// FAIL: compile % -o %out.wasm
ECOSYSTEM "wrong" {
    ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "m" }
    ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Read" { EXECUTE: "fats" } }
    POLICY { REQUIRE_JUDGE: false }
}
