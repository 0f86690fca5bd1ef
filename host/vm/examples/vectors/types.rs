//! Casts, boxes and checks.

use super::vector::{Vector, ins, jump};

fn boxed(register: u8, tag: u8, value: i32) -> Vec<u8> {
    [ins("BOX", &[register, tag]), value.to_le_bytes().to_vec()].concat()
}

pub fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    // The bits of singles, and what a thousand times them is towards zero.
    for (case, bits, expected) in [
        ("one_and_a_half", 0x3fc0_0000, 1500),
        ("minus_two", 0xc000_0000_u32, -2000),
        ("small", 0x3a83_126f, 1),
        ("smaller", 0x3a03_126f, 0),
        ("minus_small", 0xbac4_9ba6, -1),
        ("zero", 0, 0),
        ("minus_zero", 0x8000_0000, 0),
        ("two_to_the_40th", 0x5380_0000, 1_099_511_627_776_000),
    ] {
        // Bits without sign do not fit into 32 bits with sign: they are given as what has the same bits.
        all.push(
            Vector::new("CAST", case, format!("the single of bits 0x{bits:08x}"), &[ins("CAST", &[0, 1, 0])])
                .r(1, i64::from(bits as i32))
                .then_r(0, expected),
        );
    }
    for (case, value) in [
        ("no_number", 0x7fc0_0000),
        ("infinity", 0x7f80_0000),
        ("minus_infinity", i64::from(0xff80_0000_u32 as i32)),
        ("too_large", 0x7149_f2ca),
        ("no_32_bits", 0x1_0000_0000),
        ("no_32_bits_with_sign", 0xc000_0000),
    ] {
        all.push(
            Vector::new("CAST", case, "there is no whole number for it", &[ins("CAST", &[0, 1, 0])])
                .r(0, 5)
                .r(1, value)
                .fails("VMRangeError")
                .then_r(0, 5),
        );
    }
    for tag in [1, 3, 4, 255] {
        all.push(
            Vector::new("CAST", &format!("tag_{tag}"), "a plain copy", &[ins("CAST", &[0, 1, tag])])
                .r(1, i64::MIN)
                .then_r(0, i64::MIN),
        );
    }
    for (case, value, truth) in [("no", 0, 0), ("yes", 42, 1), ("negative", -1, 1), ("high_bit", i64::MIN, 1)]
    {
        all.push(
            Vector::new(
                "CAST",
                &format!("truth_{case}"),
                format!("whether {value} is not 0"),
                &[ins("CAST", &[0, 1, 2])],
            )
            .r(1, value)
            .then_r(0, truth),
        );
    }
    all.extend([
        Vector::new(
            "BOX",
            "numbers",
            "boxes are numbered from 0",
            &[boxed(1, 0, 9), boxed(2, 0, 9), boxed(3, 0, 9)],
        )
        .r(1, 7)
        .then_r(1, 0)
        .then_r(2, 1)
        .then_r(3, 2),
        Vector::new("BOX", "any_tag", "a tag is a byte", &[boxed(1, 255, 3), ins("CHECK_TYPE", &[1, 255])])
            .then_r(1, 0),
        Vector::new(
            "UNBOX",
            "the_second",
            "what was put into it",
            &[boxed(1, 0, 10), boxed(2, 0, 20), ins("UNBOX", &[0, 2]), ins("UNBOX", &[3, 1])],
        )
        .then_r(0, 20)
        .then_r(3, 10),
        Vector::new(
            "UNBOX",
            "negative",
            "the number keeps its sign",
            &[boxed(1, 0, i32::MIN), ins("UNBOX", &[0, 1])],
        )
        .then_r(0, i32::MIN.into()),
        Vector::new(
            "UNBOX",
            "into_its_own_register",
            "the box's number is overwritten",
            &[boxed(1, 0, 44), ins("UNBOX", &[1, 1])],
        )
        .then_r(1, 44),
        Vector::new("UNBOX", "no_box", "there are none", &[ins("UNBOX", &[0, 1])])
            .r(0, 5)
            .fails("VMTypeError")
            .then_r(0, 5),
        Vector::new(
            "UNBOX",
            "one_past_the_last",
            "boxes are numbered from 0",
            &[boxed(1, 0, 1), ins("UNBOX", &[0, 2])],
        )
        .r(2, 1)
        .fails("VMTypeError"),
        Vector::new(
            "UNBOX",
            "negative_box",
            "no box has this number",
            &[boxed(1, 0, 1), ins("UNBOX", &[0, 2])],
        )
        .r(2, -1)
        .fails("VMTypeError"),
        Vector::new(
            "CHECK_TYPE",
            "same",
            "the box holds this tag",
            &[boxed(1, 3, 1), ins("CHECK_TYPE", &[1, 3])],
        )
        .r(0, 5)
        .then_r(0, 5),
        Vector::new(
            "CHECK_TYPE",
            "other",
            "the box holds another tag",
            &[boxed(1, 3, 1), ins("CHECK_TYPE", &[1, 4])],
        )
        .fails("VMTypeError"),
        Vector::new("CHECK_TYPE", "no_box", "there are none", &[ins("CHECK_TYPE", &[1, 0])])
            .fails("VMTypeError"),
    ]);
    // Eight of them, and a jump back: 65536 are made in less than the budget.
    let eight = boxed(1, 0, 1).repeat(8);
    let back = jump("JMP", 0, -60);
    all.push(
        Vector::raw("BOX", "one_too_many", "65536 are the limit", [eight, back].concat())
            .fails("VMResourceError")
            .then_r(1, 65_535),
    );
    for (case, index, bound, inside) in [
        ("first", 0, 1, true),
        ("last", 9, 10, true),
        ("at_the_bound", 10, 10, false),
        ("above", i64::MAX, 10, false),
        ("negative", -1, 10, false),
        ("without_room", 0, 0, false),
        ("negative_bound", -2, -1, false),
        ("the_largest", i64::MAX - 1, i64::MAX, true),
    ] {
        let vector = Vector::new(
            "CHECK_BOUNDS",
            case,
            format!("{index} below {bound}"),
            &[ins("CHECK_BOUNDS", &[1, 2])],
        )
        .r(1, index)
        .r(2, bound)
        .then_r(1, index);
        all.push(if inside { vector } else { vector.fails("VMTypeError") });
    }
    all
}
