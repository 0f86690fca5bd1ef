ECOSYSTEM "circle" {
    ENTITY "back" { USES: "../err/uses.flux" }
    ATTRACTOR "q" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "back" } }
    POLICY { REQUIRE_JUDGE: false }
}
