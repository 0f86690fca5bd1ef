// Asks three and takes the answer that the umpire likes best: right as often as anybody, and the dearest of all.
ECOSYSTEM "chosen" {
    ENTITY "atlas" { TYPE: Model.Transformer MODEL_KEY: "atlas" }
    ENTITY "abacus" { TYPE: Model.Transformer MODEL_KEY: "abacus" }
    ENTITY "polymath" { TYPE: Model.Transformer MODEL_KEY: "polymath" }
    ENTITY "umpire" { TYPE: Model.Transformer MODEL_KEY: "umpire" }

    ENTITY "everybody" {
        TYPE: Model.Ensemble
        MEMBERS: ["atlas", "abacus", "polymath"]
        ROUTER: best-of
    }

    ATTRACTOR "quiz" {
        ON_INTENT: ["*"]
        STAGE "Answer" {
            EXECUTE: "everybody"
            TEMPERATURE: 0
            MAX_NEW_TOKENS: 32
        }
    }

    POLICY {
        JUDGE_ENTITY: "umpire"
    }
}
