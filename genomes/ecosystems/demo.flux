// An ecosystem that starts weak on purpose, and can mend itself:
//
//     flux eco grow genomes/ecosystems/demo.flux genomes/ecosystems/questions.toml
//
// Its confidence stays under 1/phi = 0.618, so the designer looks for the weak spot. The model that answers is weak
// and is replaced first; then the judge, who tells right from wrong only three times in four. Either is replaced only
// because the new one is better on questions whose answers are known.
ECOSYSTEM "demo" {
    VERSION: "1"

    // An ENTITY is somebody who can be asked. MODEL_KEY says which model of models.toml plays it.
    ENTITY "answerer" {
        TYPE: Model.Transformer
        MODEL_KEY: "weak"
        NATURE: "answers short questions"
    }

    ENTITY "judge" {
        TYPE: Model.Transformer
        MODEL_KEY: "judge-plain"
        NATURE: "judges answers, never its own"
    }

    // Asked for a better ecosystem when confidence falls. No stage needs it.
    ENTITY "architect" {
        TYPE: Model.Transformer
        MODEL_KEY: "architect"
        NATURE: "proposes another division of labour"
    }

    // An ATTRACTOR is a pipeline for some intents; `*` takes them all.
    ATTRACTOR "qa" {
        ON_INTENT: ["*"]

        STAGE "Answer" {
            EXECUTE: "answerer"
            TEMPERATURE: 0.7
            MAX_NEW_TOKENS: 128
            PROMPT_TRANSFORM: "Answer in a few words. {input}"
            OBSERVE: "Answer the question."
        }
    }

    // Limits that are checked before every call, and who judges.
    POLICY {
        MAX_COST_PER_REQUEST: 0.05
        MAX_LATENCY_MS: 30000
        JUDGE_ENTITY: "judge"
        REQUIRE_JUDGE: true
    }
}
