// at the head

# and once more



ECOSYSTEM // between word and name
"c" { // behind the brace
    // first
    DEFAULT_POLICY: // before the value
        "x # no // comment" // behind


    # before the entity
    ENTITY "a" { // of a
        TYPE: Model.Transformer // typed
        // last in a
    } // behind a
    ATTRACTOR "q" { ON_INTENT: [ // intents
            "one", // 1
            "two"  # 2
        ] // all
        STAGE "s" { EXECUTE: "a" } } POLICY { REQUIRE_JUDGE: false
    // last in the policy
    }
    OSSERVABILITA: "Complete"

    // last of all
} // the end
// after the end
