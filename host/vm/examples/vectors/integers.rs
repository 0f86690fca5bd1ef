//! Arithmetic and bits, computed here in 128 bits and cut to 64.

use super::vector::{Vector, ins, movi};

const MIN: i64 = i64::MIN;
const MAX: i64 = i64::MAX;

pub fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    let sums = [(10, 20), (-5, 5), (MAX, 1), (MIN, -1), (MIN, MIN), (-1, -1), (0, 0), (MAX, MIN)];
    all.extend(binary("IADD", "+", &sums, |a, b| a + b));
    all.extend(binary("ISUB", "-", &sums, |a, b| a - b));
    let differences = [(20, 10), (10, 20), (MIN, 1), (MAX, -1), (0, MIN)];
    all.extend(numbered(binary("ISUB", "-", &differences, |a, b| a - b), sums.len()));
    let products = [
        (6, 7),
        (-6, 7),
        (-6, -7),
        (0, MIN),
        (MIN, -1),
        (MAX, 2),
        (1 << 32, 1 << 32),
        (3_037_000_500, 3_037_000_500),
        (MAX, MAX),
    ];
    all.extend(binary("IMUL", "*", &products, |a, b| a * b));
    // In 128 bits nothing overflows; the quotient is rounded towards zero, the remainder has the dividend's sign.
    let quotients = [
        (20, 4),
        (7, 2),
        (-7, 2),
        (7, -2),
        (-7, -2),
        (1, 3),
        (0, 5),
        (MIN, -1),
        (MIN, 1),
        (MAX, 3),
        (MIN, 7),
        ((1 << 60) + 1, 7),
    ];
    all.extend(binary("IDIV", "/", &quotients, |a, b| a / b));
    all.extend(binary("IMOD", "mod", &quotients, |a, b| a % b));
    all.extend(binary("IREM", "mod", &quotients, |a, b| a % b));
    for mnemonic in ["IDIV", "IMOD", "IREM"] {
        for (case, dividend) in [("by_zero", 5), ("zero_by_zero", 0)] {
            all.push(
                Vector::new(mnemonic, case, format!("{dividend} by zero"), &[ins(mnemonic, &[0, 1, 2])])
                    .r(0, 77)
                    .r(1, dividend)
                    .then_r(0, 77)
                    .fails("VMDivisionByZeroError"),
            );
        }
    }
    all.extend(unary("INEG", "-", &[5, -5, 0, MIN, MAX], |a| -a));
    all.extend(unary("INOT", "not ", &[0, -1, 5, MIN, MAX], |a| -a - 1));
    all.extend(in_place("INC", &[0, -1, 41, MAX, MIN], |a| a + 1));
    all.extend(in_place("DEC", &[1, 0, 43, MIN, MAX], |a| a - 1));

    let bits = [
        (0b1100, 0b1010),
        (-1, 0x0f0f),
        (MIN, -1),
        (0x5555_5555_5555_5555, 0x2aaa_aaaa_aaaa_aaaa),
        (0, 0),
        (-1, -1),
    ];
    all.extend(binary("IAND", "and", &bits, |a, b| a & b));
    all.extend(binary("IOR", "or", &bits, |a, b| a | b));
    all.extend(binary("IXOR", "xor", &bits, |a, b| a ^ b));
    let shifts =
        [(1, 4), (1, 63), (1, 64), (-1, 1), (-8, 2), (MIN, 63), (MAX, 1), (5, -1), (3, 65), (-5, 0), (0, 9)];
    all.extend(binary("ISHL", "<<", &shifts, |a, b| a << (b & 63)));
    all.extend(binary("ISHR", ">>", &shifts, |a, b| a.div_euclid(1 << (b & 63))));
    let rotations = [
        (1, 1),
        (0x8000_0001, 1),
        (0x1234_5678, 8),
        (-1, 7),
        (1 << 32, 3),
        (0xff, 32),
        (0xff, -1),
        (0xf000_000f, 4),
    ];
    all.extend(binary("ROTL", "rotated left by", &rotations, |a, b| {
        let (low, by) = (a & 0xffff_ffff, b & 31);
        (low << by | low >> (32 - by)) & 0xffff_ffff
    }));
    all.extend(binary("ROTR", "rotated right by", &rotations, |a, b| {
        let (low, by) = (a & 0xffff_ffff, b & 31);
        (low >> by | low << (32 - by)) & 0xffff_ffff
    }));
    let means = [(10, 20), (-3, 0), (3, 0), (-3, -4), (MAX, MAX), (MIN, MAX), (MIN, MIN), (MAX, MAX - 1)];
    all.extend(means.iter().enumerate().map(|(idx, &(a, b))| {
        let mean = (i128::from(a) + i128::from(b)).div_euclid(2);
        Vector::new(
            "MERGE",
            &format!("{}", idx + 1),
            format!("the mean of {a} and {b}"),
            &[ins("MERGE", &[0, 1, 2])],
        )
        .r(1, a)
        .r(2, b)
        .then_r(0, mean as i64)
        .then_flags(false, false, false, false)
    }));
    all.extend(registers());
    all.extend(constants());
    all
}

fn numbered(mut vectors: Vec<Vector>, offset: usize) -> Vec<Vector> {
    for (idx, vector) in vectors.iter_mut().enumerate() {
        vector.name = format!("{}_{}", vector.op.1.to_lowercase(), offset + idx + 1);
    }
    vectors
}

/// `a = b op c` and its flags.
fn binary(mnemonic: &str, sign: &str, pairs: &[(i64, i64)], compute: fn(i128, i128) -> i128) -> Vec<Vector> {
    let vector = |(idx, &(a, b)): (usize, &(i64, i64))| {
        // The low 64 bits are the result.
        let result = compute(a.into(), b.into()) as i64;
        Vector::new(
            mnemonic,
            &format!("{}", idx + 1),
            format!("{a} {sign} {b}"),
            &[ins(mnemonic, &[0, 1, 2])],
        )
        .r(1, a)
        .r(2, b)
        .then_r(0, result)
        .then_r(1, a)
        .then_r(2, b)
        .then_alu(result)
    };
    pairs.iter().enumerate().map(vector).collect()
}

fn unary(mnemonic: &str, sign: &str, values: &[i64], compute: fn(i128) -> i128) -> Vec<Vector> {
    let vector = |(idx, &a): (usize, &i64)| {
        let result = compute(a.into()) as i64;
        Vector::new(mnemonic, &format!("{}", idx + 1), format!("{sign}({a})"), &[ins(mnemonic, &[3, 4])])
            .r(4, a)
            .then_r(3, result)
            .then_r(4, a)
            .then_alu(result)
    };
    values.iter().enumerate().map(vector).collect()
}

fn in_place(mnemonic: &str, values: &[i64], compute: fn(i128) -> i128) -> Vec<Vector> {
    let vector = |(idx, &a): (usize, &i64)| {
        let result = compute(a.into()) as i64;
        Vector::new(mnemonic, &format!("{}", idx + 1), format!("of {a}"), &[ins(mnemonic, &[9])])
            .r(9, a)
            .then_r(9, result)
            .then_alu(result)
    };
    values.iter().enumerate().map(vector).collect()
}

/// Operands that are one register, and all registers as operands.
fn registers() -> Vec<Vector> {
    let mut all = vec![
        Vector::new("IADD", "into_its_first_operand", "R1 = R1 + R2", &[ins("IADD", &[1, 1, 2])])
            .r(1, 3)
            .r(2, 5)
            .then_r(1, 8)
            .then_r(2, 5),
        Vector::new("IADD", "into_its_second_operand", "R2 = R1 + R2", &[ins("IADD", &[2, 1, 2])])
            .r(1, 8)
            .r(2, 5)
            .then_r(2, 13),
        Vector::new("IADD", "of_one_register", "R7 = R7 + R7", &[ins("IADD", &[7, 7, 7])])
            .r(7, 7)
            .then_r(7, 14),
        Vector::new("ISUB", "of_one_register", "R7 = R7 - R7", &[ins("ISUB", &[7, 7, 7])])
            .r(7, 7)
            .then_r(7, 0)
            .then_alu(0),
        Vector::new("IXOR", "of_one_register", "R7 = R7 xor R7", &[ins("IXOR", &[7, 7, 7])])
            .r(7, -7)
            .then_r(7, 0)
            .then_alu(0),
        Vector::new(
            "IADD",
            "clears_overflow",
            "the overflow flag of a comparison does not outlive a sum",
            &[ins("CMP", &[1, 2]), ins("IADD", &[0, 3, 3])],
        )
        .r(1, MIN)
        .r(2, 1)
        .then_r(0, 0)
        .then_alu(0),
    ];
    for register in 0..16 {
        let value = 1000 + i64::from(register);
        let other = (register + 1) % 16;
        all.push(
            Vector::new(
                "MOV",
                &format!("to_r{register}"),
                format!("R{register} = R{other}, without touching flags"),
                &[ins("MOV", &[register, other])],
            )
            .r(other, value)
            .then_r(register, value)
            .then_r(other, value)
            .then_flags(false, false, false, false),
        );
    }
    all.push(
        Vector::new("MOV", "keeps_64_bits", "all bits are moved", &[ins("MOV", &[0, 1])])
            .r(1, MIN)
            .then_r(0, MIN),
    );
    all
}

/// Constants of 16 bits.
fn constants() -> Vec<Vector> {
    let value = |value: i16| {
        let name = if value < 0 { format!("minus_{}", value.unsigned_abs()) } else { format!("{value}") };
        Vector::new("MOVI", &name, format!("R5 = {value}, without touching flags"), &[movi(5, value)])
            .r(5, 99)
            .then_r(5, value.into())
            .then_flags(false, false, false, false)
    };
    [0, 1, 42, -1, 255, 256, -256, i16::MAX, i16::MIN].map(value).to_vec()
}
