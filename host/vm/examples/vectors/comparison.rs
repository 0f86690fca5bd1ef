//! Comparisons, flags, and what does not touch them.

use super::vector::{Holds, Vector, ins, movi, payload};

const MIN: i64 = i64::MIN;
const MAX: i64 = i64::MAX;

/// A comparison: its number, its name, and when it holds.
type Condition = (u8, &'static str, Holds);

/// The low 32 bits, without sign, found by arithmetic.
fn low(value: i64) -> i128 {
    i128::from(value).rem_euclid(1 << 32)
}

/// The comparisons of `ICMP`.
const CONDITIONS: [Condition; 10] = [
    (0, "eq", |a, b| a == b),
    (1, "ne", |a, b| a != b),
    (2, "lt", |a, b| a < b),
    (3, "le", |a, b| a <= b),
    (4, "gt", |a, b| a > b),
    (5, "ge", |a, b| a >= b),
    (6, "ult", |a, b| low(a) < low(b)),
    (7, "ule", |a, b| low(a) <= low(b)),
    (8, "ugt", |a, b| low(a) > low(b)),
    (9, "uge", |a, b| low(a) >= low(b)),
];

pub fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    let pairs = [(10, 20), (20, 10), (10, 10), (-1, 1), (MIN, MAX), ((1 << 32) + 1, 2)];
    for (number, name, holds) in CONDITIONS {
        for (idx, (a, b)) in pairs.into_iter().enumerate() {
            let outcome = i64::from(holds(a, b));
            // The result goes to the first operand, which is the left side; R0 stays as it is.
            all.push(
                Vector::new(
                    "ICMP",
                    &format!("{name}_{}", idx + 1),
                    format!("{a} {name} {b}, into the left side"),
                    &[ins("ICMP", &[number, 1, 2])],
                )
                .r(0, 7)
                .r(1, a)
                .r(2, b)
                .then_r(0, 7)
                .then_r(1, outcome)
                .then_r(2, b)
                .then_alu(outcome),
            );
        }
    }
    for number in [10, 0xff] {
        all.push(
            Vector::new(
                "ICMP",
                &format!("unknown_{number}"),
                format!("comparison {number} is not known and never holds"),
                &[ins("ICMP", &[number, 1, 2])],
            )
            .r(1, 3)
            .r(2, 3)
            .then_r(1, 0)
            .then_alu(0),
        );
    }
    let destructive: [(&str, Holds); 5] = [
        ("IEQ", |a, b| a == b),
        ("ILT", |a, b| a < b),
        ("ILE", |a, b| a <= b),
        ("IGT", |a, b| a > b),
        ("IGE", |a, b| a >= b),
    ];
    for (mnemonic, holds) in destructive {
        for (idx, (a, b)) in [(1, 2), (2, 1), (2, 2), (-1, 0), (MIN, MAX)].into_iter().enumerate() {
            let outcome = i64::from(holds(a, b));
            all.push(
                Vector::new(
                    mnemonic,
                    &format!("{}", idx + 1),
                    format!("{a} compared with {b}, into the left side"),
                    &[ins(mnemonic, &[6, 7])],
                )
                .r(6, a)
                .r(7, b)
                .then_r(6, outcome)
                .then_r(7, b)
                .then_alu(outcome),
            );
        }
    }
    for (idx, (a, b)) in [(0b1100, 0b0011), (0b1100, 0b0100), (-1, MIN), (0, 0)].into_iter().enumerate() {
        all.push(
            Vector::new(
                "TEST",
                &format!("{}", idx + 1),
                format!("the bits of {a} and {b}"),
                &[ins("TEST", &[1, 2])],
            )
            .r(1, a)
            .r(2, b)
            .then_r(1, a)
            .then_r(2, b)
            .then_alu(a & b),
        );
    }
    let compared = [(5, 5), (3, 5), (5, 3), (-5, 3), (MIN, 1), (MAX, -1), (MIN, MIN), (0, MIN), (-1, MAX)];
    for (idx, (a, b)) in compared.into_iter().enumerate() {
        let difference = i128::from(a) - i128::from(b);
        let overflow = difference < i128::from(MIN) || difference > i128::from(MAX);
        all.push(
            Vector::new(
                "CMP",
                &format!("{}", idx + 1),
                format!("{a} compared with {b}"),
                &[ins("CMP", &[1, 2])],
            )
            .r(1, a)
            .r(2, b)
            .then_r(1, a)
            .then_r(2, b)
            .then_flags(a == b, a < b, a < b, overflow),
        );
    }
    all.extend(tests());
    all.extend(keepers());
    all
}

/// `SETCC`, each test with both outcomes.
fn tests() -> Vec<Vector> {
    let known: [Condition; 10] = [
        (0, "z", |a, b| a == b),
        (1, "nz", |a, b| a != b),
        (2, "s", |a, b| a < b),
        (3, "ns", |a, b| a >= b),
        (4, "g", |a, b| a > b),
        (5, "le", |a, b| a <= b),
        (6, "c", |a, b| a < b),
        (7, "nc", |a, b| a >= b),
        (8, "v", |a, b| a.checked_sub(b).is_none()),
        (9, "nv", |a, b| a.checked_sub(b).is_some()),
    ];
    let mut all = Vec::new();
    for (number, name, holds) in known {
        for (case, a, b) in [("equal", 4, 4), ("less", 3, 4), ("greater", 4, 3), ("overflow", MIN, 1)] {
            all.push(
                Vector::new(
                    "SETCC",
                    &format!("{name}_{case}"),
                    format!("the test {name} after {a} compared with {b}"),
                    &[ins("CMP", &[1, 2]), ins("SETCC", &[0, number])],
                )
                .r(0, 9)
                .r(1, a)
                .r(2, b)
                .then_r(0, i64::from(holds(a, b)))
                .then_flags(a == b, a < b, a < b, a.checked_sub(b).is_none()),
            );
        }
    }
    for number in [10, 0xff] {
        all.push(
            Vector::new(
                "SETCC",
                &format!("unknown_{number}"),
                format!("test {number} is not known and never holds"),
                &[ins("SETCC", &[0, number])],
            )
            .r(0, 9)
            .then_r(0, 0),
        );
    }
    all
}

/// Instructions that leave the flags of a comparison before them as they are.
fn keepers() -> Vec<Vector> {
    let region = [b"\x04heap".as_slice(), &[0, 0, 0, 0, 7, 1, 0, 0, 0]].concat();
    let kept = [
        ("NOP", ins("NOP", &[])),
        ("MOV", ins("MOV", &[0, 3])),
        ("MOVI", movi(0, 0)),
        ("LOAD", ins("LOAD", &[0, 3])),
        ("STORE", ins("STORE", &[3, 3])),
        ("LOAD8", ins("LOAD8", &[0, 3])),
        ("STORE8", ins("STORE8", &[3, 3])),
        ("PUSH", ins("PUSH", &[3])),
        ("ENTER", ins("ENTER", &[1])),
        ("ALLOCA", ins("ALLOCA", &[0, 3])),
        ("MERGE", ins("MERGE", &[0, 3, 3])),
        ("CAST", ins("CAST", &[0, 3, 2])),
        ("BOX", ins("BOX", &[0, 0, 0, 0, 0, 0])),
        ("FADD", ins("FADD", &[0, 1, 2])),
        ("FEQ", ins("FEQ", &[0, 1])),
        ("VADD", ins("VADD", &[0, 1])),
        ("INSTINCT", ins("INSTINCT", &[0, 0, 0])),
        ("EVOLVE", ins("EVOLVE", &[0, 0, 0])),
        ("WITNESS", ins("WITNESS", &[0, 0, 0])),
        ("SETCC", ins("SETCC", &[0, 8])),
        ("MEMSET", payload("MEMSET", &region)),
        ("TELL", payload("TELL", &[1, 0xff, b'x'])),
        ("RESOURCE_ACQUIRE", payload("RESOURCE_ACQUIRE", &[1, 0, 0, 0])),
        ("YIELD", ins("YIELD", &[])),
        ("DEBUG_BREAK", ins("DEBUG_BREAK", &[])),
        ("PHY_ATTEN", ins("PHY_ATTEN", &[0, 1, 2])),
    ];
    let vector = |(mnemonic, code): (&str, Vec<u8>)| {
        Vector::new(
            mnemonic,
            "keeps_flags",
            "the flags of a comparison before it stay as they are",
            &[ins("CMP", &[1, 2]), code],
        )
        .r(1, MIN)
        .r(2, 1)
        .then_flags(false, true, true, true)
    };
    kept.into_iter().map(vector).collect()
}
