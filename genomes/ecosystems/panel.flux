// Several models on one question: an ensemble that votes, and stages that run in parallel and are merged.
//
//     flux ask genomes/ecosystems/panel.flux "What is 17 times 24?"
//     flux ask genomes/ecosystems/panel.flux --intent draft "Which lake is the deepest in the world?"
ECOSYSTEM "panel" {
    VERSION: "1"
    SEED: 7

    ENTITY "small" {
        TYPE: Model.Transformer
        MODEL_KEY: "small"
        FALLBACK: "weak" // asked when `small` cannot be reached
    }

    ENTITY "well-read" {
        TYPE: Model.Transformer
        MODEL_KEY: "well-read"
    }

    ENTITY "weak" {
        TYPE: Model.Transformer
        MODEL_KEY: "weak"
    }

    // An ensemble asks its members and makes one answer of theirs: the most frequent one (`vote`), the one that the
    // judge scores best (`best-of`), or the mean of numbers (`average`).
    ENTITY "panel" {
        TYPE: Model.Ensemble
        ROUTER: vote
        MEMBERS: ["small", "well-read", "weak"]
    }

    // A person who looks at what is there. Without a MODEL_KEY the draft is what the stage takes; where nobody looks at
    // it in time, ESCALATION lets it pass.
    ENTITY "editor" {
        TYPE: Human.In.The.Loop

        HUMAN_CONFIG {
            TIMEOUT_SEC: 60
            ESCALATION: "approve"
        }
    }

    ENTITY "judge" {
        TYPE: Model.Transformer
        MODEL_KEY: "judge-careful"
    }

    // Intents are tried in the order of the text, so the one that takes everything comes last.
    ATTRACTOR "drafts" {
        ON_INTENT: ["draft", "compare"]

        // `AFTER: []` takes the question; both run at the same time.
        STAGE "By heart" {
            AFTER: []
            EXECUTE: "well-read"
            TEMPERATURE: 0.3
            MAX_NEW_TOKENS: 128
        }

        STAGE "By number" {
            AFTER: []
            EXECUTE: "small"
            TEMPERATURE: 0.3
            MAX_NEW_TOKENS: 128
        }

        // The last stage of the text gives the answer. It takes of both drafts the one that the judge scores best.
        STAGE "Choose" {
            AFTER: ["By heart", "By number"]
            MERGE: best-of
            EXECUTE: "editor"
        }
    }

    ATTRACTOR "qa" {
        ON_INTENT: ["*"]

        STAGE "Vote" {
            EXECUTE: "panel"
            TEMPERATURE: 0.4
            MAX_NEW_TOKENS: 128
            OBSERVE: "Answer the question."
        }
    }

    POLICY {
        MAX_COST_PER_REQUEST: 0.1
        MAX_LATENCY_MS: 60000
        JUDGE_ENTITY: "judge"
        REQUIRE_JUDGE: true
    }
}
