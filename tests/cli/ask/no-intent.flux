# FAIL-2: ask % "What is 13 squared?" --intent sing --models genomes/ecosystems/models.toml --bank %tmp/b.bank
ECOSYSTEM "few" {
    ENTITY "only" {
        TYPE: Model.Transformer
        MODEL_KEY: "strong"
    }

    ATTRACTOR "qa" {
        ON_INTENT: ["count", "add"]

        STAGE "Answer" {
            EXECUTE: "only"
        }
    }

    POLICY {
        REQUIRE_JUDGE: false
    }
}
