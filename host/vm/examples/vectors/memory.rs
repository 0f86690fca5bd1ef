//! Loads and stores in the region `stack`, 65536 bytes.

use super::vector::{Vector, ins};

pub fn vectors() -> Vec<Vector> {
    let mut all = vec![
        Vector::new("LOAD", "of_nothing", "memory begins as zeros", &[ins("LOAD", &[0, 1])])
            .r(0, 5)
            .then_r(0, 0),
        Vector::new(
            "LOAD",
            "keeps_the_sign",
            "four bytes of ones are -1",
            &[
                ins("STORE8", &[1, 2]),
                ins("STORE8", &[1, 3]),
                ins("STORE8", &[1, 4]),
                ins("STORE8", &[1, 5]),
                ins("LOAD", &[0, 2]),
            ],
        )
        .r(1, 255)
        .r(2, 40)
        .r(3, 41)
        .r(4, 42)
        .r(5, 43)
        .then_r(0, -1),
        Vector::new(
            "STORE",
            "is_little_endian",
            "the lowest byte comes first",
            &[
                ins("STORE", &[1, 2]),
                ins("LOAD8", &[3, 2]),
                ins("INC", &[2]),
                ins("LOAD8", &[4, 2]),
                ins("INC", &[2]),
                ins("LOAD8", &[5, 2]),
                ins("INC", &[2]),
                ins("LOAD8", &[6, 2]),
            ],
        )
        .r(1, 0x0403_0201)
        .then_r(3, 1)
        .then_r(4, 2)
        .then_r(5, 3)
        .then_r(6, 4),
        Vector::new(
            "STORE",
            "at_an_odd_address",
            "addresses need not be multiples of 4",
            &[ins("STORE", &[1, 2]), ins("LOAD", &[0, 2])],
        )
        .r(1, -123_456)
        .r(2, 7)
        .then_r(0, -123_456),
        Vector::new(
            "STORE",
            "overlapping",
            "the second covers half of the first",
            &[ins("STORE", &[1, 2]), ins("STORE", &[3, 4]), ins("LOAD", &[0, 2])],
        )
        .r(1, 0x1111_1111)
        .r(2, 10)
        .r(3, 0x2222_2222)
        .r(4, 12)
        .then_r(0, 0x2222_1111),
        Vector::new(
            "STORE",
            "its_own_address",
            "value and address are one register",
            &[ins("STORE", &[1, 1]), ins("LOAD", &[0, 1])],
        )
        .r(1, 64)
        .then_r(0, 64),
        Vector::new(
            "STORE8",
            "changes_one_byte",
            "its neighbours stay",
            &[ins("STORE", &[1, 2]), ins("STORE8", &[3, 4]), ins("LOAD", &[0, 2])],
        )
        .r(1, -1)
        .r(2, 100)
        .r(3, 0)
        .r(4, 101)
        .then_r(0, -65_281),
        Vector::new(
            "LOAD8",
            "has_no_sign",
            "a byte is 0 to 255",
            &[ins("STORE", &[1, 2]), ins("LOAD8", &[0, 2])],
        )
        .r(1, -1)
        .then_r(0, 255),
    ];
    for (case, value, byte) in [
        ("above", 0x1ff, 255),
        ("negative", -1, 255),
        ("far_above", 1 << 40, 0),
        ("zero", 0, 0),
        ("letter", 65, 65),
    ] {
        all.push(
            Vector::new(
                "STORE8",
                case,
                format!("the low 8 bits of {value}"),
                &[ins("STORE8", &[1, 2]), ins("LOAD8", &[0, 2])],
            )
            .r(1, value)
            .r(2, 9)
            .then_r(0, byte),
        );
    }
    for (case, value, fits) in [
        ("the_greatest", i64::from(i32::MAX), true),
        ("the_least", i64::from(i32::MIN), true),
        ("one_too_great", i64::from(i32::MAX) + 1, false),
        ("one_too_small", i64::from(i32::MIN) - 1, false),
        ("without_sign", 0xffff_ffff, false),
    ] {
        let vector = Vector::new(
            "STORE",
            case,
            format!("{value} in 32 bits"),
            &[ins("STORE", &[1, 2]), ins("LOAD", &[0, 2])],
        )
        .r(1, value)
        .r(2, 16);
        all.push(if fits { vector.then_r(0, value) } else { vector.fails("VMRangeError") });
    }
    // Width, and which addresses are inside.
    for (mnemonic, width) in [("LOAD", 4), ("STORE", 4), ("LOAD8", 1), ("STORE8", 1)] {
        let size = 65_536;
        let addresses = [
            ("last", size - width, true),
            ("one_past_the_last", size - width + 1, false),
            ("past_the_end", size, false),
            ("negative", -1, false),
            ("far", i64::MAX, false),
            ("far_negative", i64::MIN, false),
            ("beyond_32_bits", 1 << 32, false),
        ];
        for (case, address, inside) in addresses {
            let vector = Vector::new(
                mnemonic,
                &format!("{case}_address"),
                format!("{width} bytes at {address}"),
                &[ins(mnemonic, &[1, 2])],
            )
            .r(1, 3)
            .r(2, address);
            let loaded = if mnemonic.starts_with("LOAD") { 0 } else { 3 };
            all.push(if inside {
                vector.then_r(1, loaded)
            } else {
                vector.fails("VMMemoryError").then_r(1, 3)
            });
        }
    }
    all
}
