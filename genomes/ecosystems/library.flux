// Ecosystems within ecosystems, texts longer than a model can read, and a person who has the last word.
//
//     flux ask genomes/ecosystems/library.flux "Which country has the city of Timbuktu?"
//     flux ask genomes/ecosystems/library.flux --intent read "$(cat README.md)"
//     flux ask genomes/ecosystems/library.flux --intent publish "What is the unit of force?"
ECOSYSTEM "library" {
    VERSION: "1"
    SEED: 3

    // An entity may be a whole ecosystem, in a file of its own. It keeps its own pipelines; limits of cost and time
    // are those of the request.
    ENTITY "reference desk" {
        TYPE: ECOSYSTEM
        USES: "panel.flux"
    }

    // Splits what is longer than a model's context at paragraphs, asks about each part, and answers from what was
    // found.
    ENTITY "reader" {
        TYPE: Recursive.Ensemble
        MODEL_KEY: "well-read"

        RECURSIVE_CONFIG {
            MAX_CHUNK_TOKENS: 2000
            CHUNK_OVERLAP: 100
            MAX_WORKERS: 4
            SUB_MODEL_KEY: "small"
            ROOT_MODEL_KEY: "well-read"
        }
    }

    // The model makes a draft, a person approves or corrects it, or sends it back. Nobody is asked about a draft that the
    // judge is confident of. Where nobody sits at the terminal, or nobody answers in time, it is as ESCALATION says:
    // an entity is asked instead; "approve" lets the draft pass, and with anything else there is no answer.
    ENTITY "librarian" {
        TYPE: Human.In.The.Loop
        MODEL_KEY: "well-read"

        HUMAN_CONFIG {
            TIMEOUT_SEC: 60
            ESCALATION: "reference desk"
            CONFIDENCE_THRESHOLD: 0.9
        }
    }

    ENTITY "judge" {
        TYPE: Model.Transformer
        MODEL_KEY: "judge-careful"
    }

    ATTRACTOR "reading" {
        ON_INTENT: ["read", "summarise"]

        STAGE "Read" {
            EXECUTE: "reader"
            TEMPERATURE: 0.2
            MAX_NEW_TOKENS: 256
            OBSERVE: "What is this text about?"
        }
    }

    ATTRACTOR "publishing" {
        ON_INTENT: ["publish"]

        STAGE "Write" {
            EXECUTE: "librarian"
            TEMPERATURE: 0.3
            MAX_NEW_TOKENS: 128
            OBSERVE: "Answer the question."
        }
    }

    ATTRACTOR "asking" {
        ON_INTENT: ["*"]

        STAGE "Look up" {
            EXECUTE: "reference desk"
            MAX_NEW_TOKENS: 128
        }
    }

    POLICY {
        MAX_COST_PER_REQUEST: 0.2
        MAX_LATENCY_MS: 60000
        MAX_HUMAN_ITERATIONS: 3
        JUDGE_ENTITY: "judge"
        REQUIRE_JUDGE: true
    }
}
