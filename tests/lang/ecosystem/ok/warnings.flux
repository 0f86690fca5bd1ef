// Everything that is only warned about.
ECOSYSTEM "warned" {
    DEFAULT_POLICY: "first"
    DEFAULT_POLICY: "second"
    ENTITY "a" { TYPE: Model.Transformer RECURSIVE_CONFIG {} HUMAN_CONFIG {} }
    ENTITY "idle" { TYPE: Model.Transformer FALLBACK: "a" COSTO: 1 COSTO: 2 }
    ATTRACTOR "one" {
        ON_INTENT: ["x", "y", "x"]
        STAGE "lost" { EXECUTE: "a" }
        STAGE "lone" { EXECUTE: "a" AFTER: [] MERGE: vote }
        STAGE "merged" { EXECUTE: "a" AFTER: ["lone"] MERGE: first }
    }
    ATTRACTOR "all" { ON_INTENT: ["y", "*", "z"] STAGE "s" { EXECUTE: "a" MERGE: concat } }
    ATTRACTOR "never" { ON_INTENT: [] STAGE "s" { EXECUTE: "a" } }
    ATTRACTOR "late" { ON_INTENT: ["w", "*"] STAGE "s" { EXECUTE: "a" } }
    POLICY { REQUIRE_JUDGE: false }
    POLICY { JUDGE_ENTITY: "a" }
}
