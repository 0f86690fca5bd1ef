# FAIL: ask % "What is 13 squared?" --models genomes/ecosystems/models.toml --bank %tmp/b.bank
ECOSYSTEM "signed" {
    ENTITY "editor" {
        TYPE: Human.In.The.Loop
        MODEL_KEY: "strong"
    }

    ATTRACTOR "qa" {
        ON_INTENT: ["*"]

        STAGE "Sign" {
            EXECUTE: "editor"
        }
    }

    POLICY {
        REQUIRE_JUDGE: false
    }
}
