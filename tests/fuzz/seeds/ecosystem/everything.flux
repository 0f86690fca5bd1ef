# Everything that there is.
ECOSYSTEM "all" {
    VERSION: "1.2"   DEFAULT_POLICY: "Consolidate"
    OSSERVABILITÀ: "Sparse" SEED: 42
    ENTITY "small" { TYPE: Model.Transformer NATURE: "a \"quick\" one" QUANTUM_STATE: "8bit" COSTO: 1e-7
                     FALLBACK: "large" MODEL_KEY: "small" }
    ENTITY "large" { TYPE: Model.Transformer MODEL_KEY: "large" COSTO: +.5 }
    ENTITY "both" { TYPE: Model.Ensemble ROUTER: best-of MEMBERS: ["small", "large"] }
    ENTITY "reader" {
        TYPE: Recursive.Ensemble
        RECURSIVE_CONFIG { MAX_CHUNK_TOKENS: 2e3 CHUNK_OVERLAP: 0 MAX_WORKERS: 2
                           SUB_MODEL_KEY: "small" ROOT_MODEL_KEY: "large" }
    }
    ENTITY "person" {
        TYPE: Human.In.The.Loop
        HUMAN_CONFIG { TIMEOUT_SEC: 1.5 ESCALATION: "skip" CONFIDENCE_THRESHOLD: 0.8 }
    }
    ENTITY "team" { USES: "../uses/team.flux" }
    ENTITY "judge" { TYPE: Model.Transformer MODEL_KEY: "judge" }
    ATTRACTOR "long" {
        ON_INTENT: ["summary", "report"]
        STAGE "Read" { EXECUTE: "reader" GROUND_TRUTH: "café" }
        STAGE "Ask" { EXECUTE: "person" AFTER: ["Read"] }
    }
    ATTRACTOR "fan" {
        ON_INTENT: ["*"]
        STAGE "A" { EXECUTE: "both" AFTER: [] TEMPERATURE: 0 SEED: 18446744073709551615 }
        STAGE "B" { EXECUTE: "team" AFTER: [] TEMPERATURE: 2 }
        STAGE "C" { EXECUTE: "large" AFTER: ["A", "B"] MERGE: vote MAX_NEW_TOKENS: 1
                    PROMPT_TRANSFORM: "One of these:\n{input}\nWhich?" OBSERVE: "the \u{1f600}" }
    }
    POLICY { MAX_COST_PER_REQUEST: 0.05 MAX_LATENCY_MS: 30000 MAX_HUMAN_ITERATIONS: 1 JUDGE_ENTITY: "judge" }
}
