ECOSYSTEM "unjudged" {
    ENTITY "a" { TYPE: Model.Transformer }
    ATTRACTOR "q" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" } }
}
