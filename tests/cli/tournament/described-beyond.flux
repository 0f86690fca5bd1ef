# FAIL-2: tournament genomes/quiz %
ECOSYSTEM "long" {
    ENTITY "reader" { TYPE: Recursive.Ensemble RECURSIVE_CONFIG { SUB_MODEL_KEY: "atlas" ROOT_MODEL_KEY: "atlas" } }
    ATTRACTOR "quiz" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "reader" } }
    POLICY { REQUIRE_JUDGE: false }
}
