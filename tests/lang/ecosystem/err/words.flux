ECOSYSTEM {
    VERSON: "1"
    version: "1"
    TEMPERATURE: 0.5
    STAGE "s" { EXECUTE: "a" }
    ENTITY "" {}
    ENTTY "a" { TYPE: ECOSYSTEM }
    ENTITY: "a"
    SEED { 42 }
    42, "what" ;
    ENTITY "e" {
        TYPE: Model.Transfomer
        TYPE: "ECOSYSTEM"
        COSTO: "free"
        COSTO: 0.1x
        NATURE:
        FALLBACK: e
        MEMBERS: "e"
        MEMBERS: ["e", 5]
        MEMBERS: ["e"
        ROUTER: best_of
        ATTRACTOR "deep" { STAGE "x" { AFTER: [] } }
        MODEL KEY: "x"
    }
    POLICY "named" { REQUIRE_JUDGE: yes }
    POLICY { REQUIRE_JUDGE: yes }
}
trailing
