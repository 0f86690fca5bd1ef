// RUN: decompile % --json
ECOSYSTEM "demo" {
    ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "tiny" }
    ENTITY "careful" { TYPE: Model.Transformer MODEL_KEY: "large" FALLBACK: "fast" }
    ENTITY "judge" { TYPE: Model.Transformer MODEL_KEY: "llama" }
    ATTRACTOR "qa" {
        ON_INTENT: ["*"]
        STAGE "Draft" { EXECUTE: "fast" OBSERVE: "Be brief. Be right." }
        STAGE "Check" { EXECUTE: "careful" TEMPERATURE: 0.2 PROMPT_TRANSFORM: "Look again. Is this right: {input}?" }
    }
    POLICY { JUDGE_ENTITY: "judge" }
}
