ECOSYSTEM "names" {
    ENTITY "fast" { TYPE: Model.Transformer FALLBACK: "fats" }
    ENTITY "fast" { TYPE: Model.Transformer }
    ENTITY "many" { TYPE: Model.Ensemble MEMBERS: ["fast", "fest", "many"] }
    ENTITY "empty" { TYPE: Model.Ensemble ROUTER: vote }
    ENTITY "wrong" { TYPE: Model.Transformer ROUTER: vote MEMBERS: ["fast"] }
    ATTRACTOR "q" {
        STAGE "a" { EXECUTE: "quick" }
        STAGE "a" { TEMPERATURE: 1 }
        STAGE "b" { EXECUTE: "fast" AFTER: ["a", "c", "d"] }
        STAGE "c" { EXECUTE: "many" }
        STAGE "answer" { EXECUTE: "empty" AFTER: ["answr", "c"] MERGE: best-of }
    }
    ATTRACTOR "q" { ON_INTENT: ["*"] }
    POLICY { JUDGE_ENTITY: "nobody" }
}
