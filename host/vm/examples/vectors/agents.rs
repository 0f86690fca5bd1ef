//! Instructions that speak to others. A program of a vector is alone: nobody hears it, and nothing is granted to it.

use super::vector::{Vector, ins, movi, payload};

/// Opcodes with a message payload, and what becomes of R0 when the program is alone.
const MESSAGES: [(&str, i64); 21] = [
    ("TELL", 1),
    ("ASK", 1),
    ("DELEGATE", 1),
    ("DELEGATE_RESULT", 1),
    ("REPORT_STATUS", 1),
    ("REQUEST_OVERRIDE", 1),
    // It reaches nobody.
    ("BROADCAST", 0),
    ("DECLARE_INTENT", 1),
    ("ASSERT_GOAL", 1),
    ("VERIFY_OUTCOME", 1),
    ("EXPLAIN_FAILURE", 1),
    ("SET_PRIORITY", 1),
    ("RECEIVE", 1),
    ("POLL", 1),
    // Nobody is trusted.
    ("TRUST_CHECK", 0),
    ("TRUST_UPDATE", 1),
    ("TRUST_QUERY", 1),
    ("REVOKE_TRUST", 1),
    // The program itself is there.
    ("BARRIER", 1),
    ("SYNC_CLOCK", 0),
    ("FORMATION_UPDATE", 1),
];

pub fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    for (mnemonic, status) in MESSAGES {
        let message = [&[1, 2], b"nobody".as_slice()].concat();
        let vector = Vector::new(mnemonic, "alone", "there are no others", &[payload(mnemonic, &message)])
            .r(0, 7)
            .r(2, 9)
            .then_r(0, status)
            .then_r(2, 9);
        // The clock answers into the message register: no cycle before it.
        let message = if mnemonic == "SYNC_CLOCK" { 0 } else { 8 };
        all.push(vector.r(1, 8).then_r(1, message));
    }
    for mnemonic in MESSAGES.map(|(mnemonic, _)| mnemonic).into_iter().chain(["REDUCE"]) {
        for (case, bytes) in [
            ("without_payload", b"".as_slice()),
            ("short_payload", &[1]),
            ("no_register", &[16, 0xff]),
            ("no_second_register", &[0, 16]),
            ("no_text", &[0, 0xff, 0xff, 0xfe]),
        ] {
            all.push(
                Vector::new(
                    mnemonic,
                    case,
                    "a payload that cannot be read is refused",
                    &[payload(mnemonic, bytes)],
                )
                .r(0, 7)
                .r(1, 8)
                .then_r(0, 1)
                .then_r(1, 8),
            );
        }
    }
    // Alone, everything but the count is the program's own number.
    for (operation, result) in
        [("sum", -6), ("min", -6), ("max", -6), ("and", -6), ("or", -6), ("xor", -6), ("count", 1)]
    {
        let message = [&[1, 0xff], operation.as_bytes()].concat();
        all.push(
            Vector::new("REDUCE", operation, "of one program", &[payload("REDUCE", &message)])
                .r(1, -6)
                .then_r(0, 1)
                .then_r(1, result),
        );
    }
    all.extend([
        Vector::new(
            "SYNC_CLOCK",
            "later",
            "the cycles before it",
            &[movi(3, 0), movi(3, 0), payload("SYNC_CLOCK", &[1, 0xff])],
        )
        .r(0, 7)
        .then_r(0, 0)
        .then_r(1, 2),
        Vector::new(
            "REDUCE",
            "into_r0",
            "the message register is written after R0",
            &[payload("REDUCE", b"\0\xffsum")],
        )
        .r(0, 41)
        .then_r(0, 41),
        Vector::new(
            "EMERGENCY_STOP",
            "at_once",
            "what stands behind it is not executed",
            &[ins("EMERGENCY_STOP", &[]), movi(0, 1)],
        )
        .r(0, 7)
        .then_r(0, 7),
    ]);
    all.extend(capabilities());
    all
}

fn capabilities() -> Vec<Vector> {
    let id = [7, 0, 0, 0];
    let to_another = [&id, b"ada".as_slice()].concat();
    let mut all = vec![
        Vector::new("CAP_REQUIRE", "absent", "nothing is granted", &[payload("CAP_REQUIRE", &id)])
            .r(0, 7)
            .fails("VMA2AError")
            .then_r(0, 7),
        Vector::new(
            "CAP_REQUIRE",
            "after_a_grant_to_itself",
            "a program cannot grant itself anything",
            &[payload("CAP_GRANT", &id), payload("CAP_REQUIRE", &id)],
        )
        .fails("VMA2AError")
        .then_r(0, 1),
        Vector::new(
            "CAP_REQUIRE",
            "after_a_request",
            "a request that is refused gives nothing",
            &[payload("CAP_REQUEST", &id), payload("CAP_REQUIRE", &id)],
        )
        .fails("VMA2AError")
        .then_r(0, 1),
        Vector::new("CAP_REQUEST", "refused", "nothing is granted", &[payload("CAP_REQUEST", &id)])
            .r(0, 7)
            .then_r(0, 1),
        Vector::new(
            "CAP_GRANT",
            "to_itself",
            "what it does not hold cannot be given",
            &[payload("CAP_GRANT", &id)],
        )
        .r(0, 7)
        .then_r(0, 1),
        Vector::new(
            "CAP_GRANT",
            "to_another",
            "what it does not hold cannot be given",
            &[payload("CAP_GRANT", &to_another)],
        )
        .r(0, 7)
        .then_r(0, 1),
        Vector::new(
            "CAP_REVOKE",
            "absent",
            "it is not held afterwards either",
            &[payload("CAP_REVOKE", &id)],
        )
        .r(0, 7)
        .then_r(0, 0),
    ];
    for mnemonic in ["CAP_REQUIRE", "CAP_REQUEST", "CAP_GRANT", "CAP_REVOKE"] {
        for (case, bytes) in [("without_payload", b"".as_slice()), ("short_payload", &[7, 0, 0])] {
            all.push(
                Vector::new(mnemonic, case, "a number of four bytes is needed", &[payload(mnemonic, bytes)])
                    .r(0, 7)
                    .then_r(0, 1),
            );
        }
    }
    all
}
