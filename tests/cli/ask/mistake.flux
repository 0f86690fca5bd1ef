# FAIL-2: ask % "What is 13 squared?" --models genomes/ecosystems/models.toml --bank %tmp/b.bank
ECOSYSTEM "wrong" {
    ATTRACTOR "qa" {
        ON_INTENT: ["*"]

        STAGE "Answer" {
            EXECUTE: "nobody"
        }
    }
}
