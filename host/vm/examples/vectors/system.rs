//! The host, generations and notes.

use super::vector::{Vector, ins, jump, movi, payload};

pub fn vectors() -> Vec<Vector> {
    let mut all = vec![
        Vector::new("YIELD", "alone", "nobody else has a turn", &[ins("YIELD", &[]), movi(0, 3)])
            .then_r(0, 3),
        Vector::new("DEBUG_BREAK", "alone", "nobody is looking", &[ins("DEBUG_BREAK", &[]), movi(0, 3)])
            .then_r(0, 3),
        Vector::new(
            "RESOURCE_ACQUIRE",
            "and_release",
            "both succeed",
            &[
                payload("RESOURCE_ACQUIRE", &[9, 0, 0, 0]),
                ins("MOV", &[1, 0]),
                payload("RESOURCE_RELEASE", &[9, 0, 0, 0]),
            ],
        )
        .r(0, 7)
        .r(1, 7)
        .then_r(0, 0)
        .then_r(1, 0),
        Vector::new(
            "RESOURCE_ACQUIRE",
            "twice",
            "there is no contention",
            &[payload("RESOURCE_ACQUIRE", &[9, 0, 0, 0]), payload("RESOURCE_ACQUIRE", &[9, 0, 0, 0])],
        )
        .r(0, 7)
        .then_r(0, 0),
        Vector::new(
            "RESOURCE_ACQUIRE",
            "long_payload",
            "what follows the number is not looked at",
            &[payload("RESOURCE_ACQUIRE", &[9, 0, 0, 0, 1, 2])],
        )
        .r(0, 7)
        .then_r(0, 0),
        Vector::new(
            "RESOURCE_RELEASE",
            "unknown",
            "it is not held afterwards either",
            &[payload("RESOURCE_RELEASE", &[9, 0, 0, 0])],
        )
        .r(0, 7)
        .then_r(0, 0),
        Vector::new("SENSE", "alone", "the host has no channels", &[ins("SENSE", &[0, 1])])
            .r(0, 7)
            .fails("VMResourceError")
            .then_r(0, 7),
        Vector::new("SENSE", "negative_channel", "channels have numbers from 0", &[ins("SENSE", &[0, 1])])
            .r(1, -1)
            .fails("VMResourceError"),
        Vector::new("ACT", "alone", "the host has no channels", &[ins("ACT", &[0, 1])])
            .fails("VMResourceError"),
        Vector::new("ACT", "far_channel", "channels have numbers of 32 bits", &[ins("ACT", &[0, 1])])
            .r(0, 1 << 32)
            .fails("VMResourceError"),
        Vector::new(
            "EVOLVE",
            "counts",
            "the generations so far",
            &[jump("EVOLVE", 1, 100), jump("EVOLVE", 2, -100), jump("EVOLVE", 1, 0)],
        )
        .then_r(1, 3)
        .then_r(2, 2),
        Vector::new(
            "WITNESS",
            "counts",
            "the length of the log",
            &[jump("WITNESS", 1, 5), jump("WITNESS", 2, -5), jump("WITNESS", 2, 0)],
        )
        .r(1, 77)
        .then_r(1, 1)
        .then_r(2, 3),
    ];
    let eight = jump("WITNESS", 1, 7).repeat(8);
    all.push(
        Vector::raw(
            "WITNESS",
            "one_too_many",
            "65536 entries are the limit",
            [eight, jump("JMP", 0, -36)].concat(),
        )
        .fails("VMResourceError")
        .then_r(1, 65_536),
    );
    for value in [42, -7, i16::MIN] {
        all.push(
            Vector::new(
                "INSTINCT",
                &format!("{}", value.unsigned_abs()),
                format!("R2 = {value}"),
                &[jump("INSTINCT", 2, value)],
            )
            .then_r(2, value.into()),
        );
    }
    for mnemonic in ["CONF", "RESTORE", "SNAPSHOT"] {
        all.push(
            Vector::new(
                mnemonic,
                "note",
                "four bytes without an effect, whatever they are",
                &[jump(mnemonic, 3, 1), jump(mnemonic, 255, -1)],
            )
            .r(3, 7)
            .then_r(3, 7)
            .then_flags(false, false, false, false),
        );
    }
    for mnemonic in ["RESOURCE_ACQUIRE", "RESOURCE_RELEASE"] {
        for (case, bytes) in [("without_payload", b"".as_slice()), ("short_payload", &[9, 0, 0])] {
            all.push(
                Vector::new(mnemonic, case, "a number of four bytes is needed", &[payload(mnemonic, bytes)])
                    .r(0, 7)
                    .then_r(0, 1),
            );
        }
    }
    all
}
