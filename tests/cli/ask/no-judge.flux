# FAIL: ask % "What is 13 squared?" --models genomes/ecosystems/models.toml --bank %tmp/b.bank
# A model does not judge what it said itself, so there is no score, and the POLICY asks for one.
ECOSYSTEM "alone" {
    ENTITY "only" {
        TYPE: Model.Transformer
        MODEL_KEY: "strong"
    }

    ATTRACTOR "qa" {
        ON_INTENT: ["*"]

        STAGE "Answer" {
            EXECUTE: "only"
        }
    }

    POLICY {
        JUDGE_ENTITY: "only"
    }
}
