//! Doubles. Only a host puts numbers into F registers.

use super::vector::{HoldsOfDoubles, OfDoubles, Vector, ins, movi};

type OfDouble = fn(f64) -> f64;

pub fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    let pairs = [
        (1.5, 2.25),
        (-1.0, 1.0),
        (0.1, 0.2),
        (1e308, -1e308),
        (1e16, 1.0),
        (5e-324, 5e-324),
        (3.0, -7.0),
        (-0.5, 8.0),
    ];
    let operators: [(&str, &str, OfDoubles); 4] = [
        ("FADD", "+", |a, b| a + b),
        ("FSUB", "-", |a, b| a - b),
        ("FMUL", "*", |a, b| a * b),
        ("FDIV", "/", |a, b| a / b),
    ];
    for (mnemonic, sign, compute) in operators {
        for (idx, (a, b)) in pairs.into_iter().enumerate() {
            let result = compute(a, b);
            let vector = Vector::new(
                mnemonic,
                &format!("{}", idx + 1),
                format!("{a:?} {sign} {b:?}"),
                &[ins(mnemonic, &[0, 1, 2])],
            )
            .f(1, a)
            .f(2, b);
            // What JSON cannot hold is looked at below.
            all.push(
                if result.is_finite() { vector.then_f(0, result) } else { vector }.then_f(1, a).then_f(2, b),
            );
        }
        all.push(
            Vector::new(
                mnemonic,
                "of_the_last_registers",
                "there are 32 of them",
                &[ins(mnemonic, &[31, 30, 29])],
            )
            .f(30, 6.0)
            .f(29, 1.5)
            .then_f(31, compute(6.0, 1.5)),
        );
        all.push(
            Vector::new(mnemonic, "no_register", "there are 32 of them", &[ins(mnemonic, &[32, 0, 0])])
                .fails("VMRangeError"),
        );
    }
    for (case, divisor) in [("by_zero", 0.0), ("by_minus_zero", -0.0)] {
        all.push(
            Vector::new("FDIV", case, format!("1.0 / {divisor:?}"), &[ins("FDIV", &[0, 1, 2])])
                .f(0, 3.0)
                .f(1, 1.0)
                .f(2, divisor)
                .fails("VMDivisionByZeroError")
                .then_f(0, 3.0),
        );
    }
    let unary: [(&str, OfDouble); 2] = [("FNEG", |a| -a), ("FABS", f64::abs)];
    for (mnemonic, compute) in unary {
        for (idx, a) in [2.5, -2.5, 0.0, 1e308].into_iter().enumerate() {
            all.push(
                Vector::new(
                    mnemonic,
                    &format!("{}", idx + 1),
                    format!("of {a:?}"),
                    &[ins(mnemonic, &[0, 1])],
                )
                .f(1, a)
                .then_f(0, compute(a))
                .then_f(1, a),
            );
        }
    }
    for (idx, (a, b)) in [(1.0, 2.0), (2.0, 1.0), (-1.0, 1.0), (3.0, 3.0)].into_iter().enumerate() {
        let (least, greatest): (f64, f64) = if a < b { (a, b) } else { (b, a) };
        for (mnemonic, result) in [("FMIN", least), ("FMAX", greatest)] {
            all.push(
                Vector::new(
                    mnemonic,
                    &format!("{}", idx + 1),
                    format!("of {a:?} and {b:?}"),
                    &[ins(mnemonic, &[1, 2])],
                )
                .f(1, a)
                .f(2, b)
                .then_f(1, result)
                .then_f(2, b),
            );
        }
    }
    all.extend(compared());
    all.extend(beyond());
    all
}

const COMPARISONS: [(&str, HoldsOfDoubles); 5] = [
    ("FEQ", |a, b| a == b),
    ("FLT", |a, b| a < b),
    ("FLE", |a, b| a <= b),
    ("FGT", |a, b| a > b),
    ("FGE", |a, b| a >= b),
];

fn compared() -> Vec<Vector> {
    let mut all = Vec::new();
    for (mnemonic, holds) in COMPARISONS {
        for (case, a, b) in [
            ("less", 1.0, 2.0),
            ("equal", 2.0, 2.0),
            ("greater", 2.0, 1.0),
            ("zeros", -0.0, 0.0),
            ("close", 0.1 + 0.2, 0.3),
        ] {
            all.push(
                Vector::new(
                    mnemonic,
                    case,
                    format!("{a:?} compared with {b:?}, into the R register of the left side's number"),
                    &[ins(mnemonic, &[3, 4])],
                )
                .r(3, 7)
                .f(3, a)
                .f(4, b)
                .then_r(3, i64::from(holds(a, b)))
                .then_f(3, a)
                .then_flags(false, false, false, false),
            );
        }
        // Infinity minus infinity is not a number.
        all.push(
            Vector::new(
                mnemonic,
                "no_number",
                "what is no number is neither less, equal nor greater",
                &[
                    ins("FADD", &[0, 1, 1]),
                    ins("FSUB", &[0, 0, 0]),
                    ins(mnemonic, &[0, 2]),
                    ins(mnemonic, &[3, 0]),
                ],
            )
            .r(0, 7)
            .r(3, 7)
            .f(1, 1e308)
            .then_r(0, 0)
            .then_r(3, 0),
        );
        all.push(
            Vector::new(
                mnemonic,
                "no_r_register",
                "the result has to have a register as well",
                &[ins(mnemonic, &[16, 0])],
            )
            .fails("VMRangeError"),
        );
        all.push(
            Vector::new(
                mnemonic,
                "with_a_high_register",
                "the right side may be any F register",
                &[ins(mnemonic, &[15, 31])],
            )
            .r(15, 7)
            .f(15, 1.0)
            .f(31, 1.0)
            .then_r(15, i64::from(holds(1.0, 1.0))),
        );
    }
    all
}

/// Infinities, zeros with a sign and what is not a number, as comparisons tell them.
fn beyond() -> Vec<Vector> {
    let infinity = ins("FADD", &[9, 8, 8]);
    vec![
        Vector::new(
            "FADD",
            "infinity",
            "the sum is greater than every number",
            &[infinity.clone(), ins("FGT", &[9, 8])],
        )
        .f(8, 1.7e308)
        .then_r(9, 1),
        Vector::new(
            "FMUL",
            "infinity",
            "the product is greater than every number",
            &[ins("FMUL", &[9, 8, 8]), ins("FGT", &[9, 8])],
        )
        .f(8, 1e200)
        .then_r(9, 1),
        Vector::new("FMUL", "underflow", "the product is zero", &[ins("FMUL", &[9, 8, 8])])
            .f(8, 1e-200)
            .then_f(9, 0.0),
        Vector::new(
            "FDIV",
            "by_infinity",
            "the quotient is zero",
            &[infinity.clone(), ins("FDIV", &[0, 8, 9])],
        )
        .f(8, 1.7e308)
        .f(0, 5.0)
        .then_f(0, 0.0),
        Vector::new(
            "FSUB",
            "no_number",
            "it is not equal to itself",
            &[infinity.clone(), ins("FSUB", &[0, 9, 9]), ins("FEQ", &[0, 0])],
        )
        .r(0, 7)
        .f(8, 1.7e308)
        .then_r(0, 0),
        Vector::new(
            "FNEG",
            "infinity",
            "it is less than every number",
            &[infinity.clone(), ins("FNEG", &[0, 9]), ins("FLT", &[0, 8])],
        )
        .f(8, 1.7e308)
        .then_r(0, 1),
        Vector::new(
            "FMIN",
            "no_number_on_the_left",
            "the right side is taken",
            &[infinity.clone(), ins("FSUB", &[0, 9, 9]), ins("FMIN", &[0, 7])],
        )
        .f(8, 1.7e308)
        .f(7, 2.0)
        .then_f(0, 2.0),
        Vector::new(
            "FMIN",
            "no_number_on_the_right",
            "the right side is taken",
            &[infinity.clone(), ins("FSUB", &[0, 9, 9]), ins("FMIN", &[7, 0]), ins("FEQ", &[7, 7])],
        )
        .r(7, 5)
        .f(8, 1.7e308)
        .f(7, 2.0)
        .then_r(7, 0),
        Vector::new(
            "FMAX",
            "no_number_on_the_left",
            "the right side is taken",
            &[infinity.clone(), ins("FSUB", &[0, 9, 9]), ins("FMAX", &[0, 7])],
        )
        .f(8, 1.7e308)
        .f(7, 2.0)
        .then_f(0, 2.0),
        Vector::new(
            "FMAX",
            "no_number_on_the_right",
            "the right side is taken",
            &[infinity, ins("FSUB", &[0, 9, 9]), ins("FMAX", &[7, 0]), ins("FEQ", &[7, 7])],
        )
        .r(7, 5)
        .f(8, 1.7e308)
        .f(7, 2.0)
        .then_r(7, 0),
        Vector::new(
            "FADD",
            "leaves_r",
            "R and F registers of one number are two registers",
            &[movi(1, 3), ins("FADD", &[1, 2, 2])],
        )
        .f(2, 1.25)
        .then_r(1, 3)
        .then_f(1, 2.5),
    ]
}
