# FAIL-2: tournament genomes/quiz %
ECOSYSTEM "broken" {
    ATTRACTOR "quiz" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "nobody" } }
}
