ECOSYSTEM "unjudged" {
    ENTITY "a" { TYPE: Model.Transformer }
    ENTITY "b" { TYPE: Model.Ensemble ROUTER: best-of MEMBERS: ["a"] }
    ATTRACTOR "q" {
        ON_INTENT: ["*"]
        STAGE "1" { EXECUTE: "b" }
        STAGE "2" { EXECUTE: "a" AFTER: [] }
        STAGE "3" { EXECUTE: "a" AFTER: ["1", "2"] MERGE: best-of }
    }
    POLICY { REQUIRE_JUDGE: false }
}
