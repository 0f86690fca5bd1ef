//! The stack: it grows down from 65536 in cells of 4 bytes. R11 points to its top, R14 to a frame.

use super::vector::{Vector, ins};

const TOP: i64 = 65_536;

pub fn vectors() -> Vec<Vector> {
    let mut all = vec![
        Vector::new("PUSH", "lowers_the_pointer", "one cell", &[ins("PUSH", &[1])])
            .r(1, 5)
            .then_r(11, TOP - 4),
        Vector::new(
            "PUSH",
            "is_last_in_first_out",
            "what is pushed last is popped first",
            &[ins("PUSH", &[1]), ins("PUSH", &[2]), ins("POP", &[3]), ins("POP", &[4])],
        )
        .r(1, 11)
        .r(2, -22)
        .then_r(3, -22)
        .then_r(4, 11)
        .then_r(11, TOP),
        Vector::new(
            "PUSH",
            "the_pointer",
            "the stack pointer as it was before",
            &[ins("PUSH", &[11]), ins("POP", &[1])],
        )
        .then_r(1, TOP),
        Vector::new(
            "PUSH",
            "to_memory",
            "cells lie in `stack`, which addresses mean",
            &[ins("PUSH", &[1]), ins("LOAD", &[2, 11])],
        )
        .r(1, -9)
        .then_r(2, -9),
        Vector::new(
            "PUSH",
            "the_last_cell",
            "the cell at address 0",
            &[ins("PUSH", &[1]), ins("LOAD", &[2, 3])],
        )
        .r(1, 8)
        .r(11, 4)
        .then_r(2, 8)
        .then_r(11, 0),
        Vector::new("PUSH", "when_full", "there is no cell below address 0", &[ins("PUSH", &[1])])
            .r(11, 3)
            .fails("VMMemoryError")
            .then_r(11, 3),
        Vector::raw(
            "PUSH",
            "for_ever",
            "16384 cells are there",
            [ins("PUSH", &[1]), ins("INC", &[0]), vec![0x04, 0, 0xf8, 0xff]].concat(),
        )
        .fails("VMMemoryError")
        .then_r(0, 16_384),
        Vector::new("PUSH", "above_the_stack", "the cell is outside of memory", &[ins("PUSH", &[1])])
            .r(11, TOP + 8)
            .fails("VMMemoryError"),
        Vector::new("POP", "when_empty", "nothing was pushed", &[ins("POP", &[1])])
            .r(1, 7)
            .fails("VMMemoryError")
            .then_r(1, 7)
            .then_r(11, TOP),
        Vector::new("POP", "into_the_pointer", "the number wins", &[ins("PUSH", &[1]), ins("POP", &[11])])
            .r(1, 100)
            .then_r(11, 100),
        Vector::new("POP", "with_a_negative_pointer", "there is no memory there", &[ins("POP", &[1])])
            .r(11, -4)
            .fails("VMMemoryError"),
        Vector::new(
            "POP",
            "at_an_odd_address",
            "cells need not lie at multiples of 4",
            &[ins("STORE", &[1, 2]), ins("POP", &[3])],
        )
        .r(1, 31)
        .r(2, 1001)
        .r(11, 1001)
        .then_r(3, 31)
        .then_r(11, 1005),
        Vector::new(
            "DUP",
            "once",
            "one number becomes two, not three",
            &[
                ins("PUSH", &[1]),
                ins("PUSH", &[2]),
                ins("DUP", &[]),
                ins("POP", &[3]),
                ins("POP", &[4]),
                ins("POP", &[5]),
            ],
        )
        .r(1, 6)
        .r(2, 7)
        .then_r(3, 7)
        .then_r(4, 7)
        .then_r(5, 6)
        .then_r(11, TOP),
        Vector::new("DUP", "when_empty", "there is nothing on top", &[ins("DUP", &[])])
            .fails("VMMemoryError"),
        Vector::new("DUP", "when_full", "there is no room for one more", &[ins("DUP", &[])])
            .r(11, 2)
            .fails("VMMemoryError"),
        Vector::new(
            "SWAP",
            "two",
            "they change places",
            &[ins("PUSH", &[1]), ins("PUSH", &[2]), ins("SWAP", &[]), ins("POP", &[3]), ins("POP", &[4])],
        )
        .r(1, 6)
        .r(2, -7)
        .then_r(3, 6)
        .then_r(4, -7),
        Vector::new("SWAP", "one", "two are needed", &[ins("PUSH", &[1]), ins("SWAP", &[])])
            .fails("VMMemoryError")
            .then_r(11, TOP - 4),
        Vector::new(
            "ROT",
            "three",
            "the top sinks to the third place",
            &[
                ins("PUSH", &[1]),
                ins("PUSH", &[2]),
                ins("PUSH", &[3]),
                ins("ROT", &[]),
                ins("POP", &[4]),
                ins("POP", &[5]),
                ins("POP", &[6]),
            ],
        )
        .r(1, 1)
        .r(2, 2)
        .r(3, 3)
        .then_r(4, 2)
        .then_r(5, 1)
        .then_r(6, 3),
        Vector::new(
            "ROT",
            "two",
            "three are needed",
            &[ins("PUSH", &[1]), ins("PUSH", &[1]), ins("ROT", &[])],
        )
        .fails("VMMemoryError"),
        Vector::new(
            "ENTER",
            "a_frame",
            "the old frame is pushed, two cells are left free",
            &[ins("ENTER", &[2]), ins("LOAD", &[1, 14])],
        )
        .r(14, 77)
        .then_r(1, 77)
        .then_r(14, TOP - 4)
        .then_r(11, TOP - 12),
        Vector::new("ENTER", "without_cells", "the frame alone", &[ins("ENTER", &[0])])
            .then_r(14, TOP - 4)
            .then_r(11, TOP - 4),
        Vector::new(
            "ENTER",
            "the_largest",
            "255 cells: the operand is a number, not a register",
            &[ins("ENTER", &[255])],
        )
        .then_r(11, TOP - 4 - 1020),
        Vector::new("ENTER", "just_fits", "the last cell is at address 0", &[ins("ENTER", &[2])])
            .r(11, 12)
            .then_r(14, 8)
            .then_r(11, 0),
        Vector::new("ENTER", "does_not_fit", "the pointer would go below 0", &[ins("ENTER", &[2])])
            .r(11, 11)
            .r(14, 5)
            .fails("VMStackOverflowError")
            .then_r(11, 11)
            .then_r(14, 5),
        Vector::new(
            "LEAVE",
            "a_frame",
            "all is as before the frame",
            &[ins("ENTER", &[3]), ins("PUSH", &[1]), ins("LEAVE", &[0])],
        )
        .r(14, 77)
        .then_r(14, 77)
        .then_r(11, TOP),
        Vector::new(
            "LEAVE",
            "ignores_its_operand",
            "its byte has no effect",
            &[ins("ENTER", &[1]), ins("LEAVE", &[200])],
        )
        .then_r(14, 0)
        .then_r(11, TOP),
        Vector::new("LEAVE", "without_a_frame", "there is no cell at that address", &[ins("LEAVE", &[0])])
            .r(14, TOP)
            .fails("VMMemoryError"),
        Vector::new("ALLOCA", "cells", "three cells, and their address", &[ins("ALLOCA", &[1, 2])])
            .r(2, 3)
            .then_r(1, TOP - 12)
            .then_r(11, TOP - 12),
        Vector::new("ALLOCA", "nothing", "no cell", &[ins("ALLOCA", &[1, 2])]).then_r(1, TOP).then_r(11, TOP),
        Vector::new("ALLOCA", "everything", "down to address 0", &[ins("ALLOCA", &[1, 2])])
            .r(2, 16_384)
            .then_r(1, 0)
            .then_r(11, 0),
        Vector::new("ALLOCA", "too_much", "the pointer would go below 0", &[ins("ALLOCA", &[1, 2])])
            .r(1, 5)
            .r(2, 16_385)
            .fails("VMStackOverflowError")
            .then_r(1, 5)
            .then_r(11, TOP),
        Vector::new(
            "ALLOCA",
            "far_too_much",
            "more cells than 64 bits have bytes",
            &[ins("ALLOCA", &[1, 2])],
        )
        .r(2, 1 << 62)
        .fails("VMStackOverflowError")
        .then_r(11, TOP),
        Vector::new("ALLOCA", "without_end", "as many cells as there are numbers", &[ins("ALLOCA", &[1, 2])])
            .r(2, i64::MAX)
            .fails("VMStackOverflowError"),
        Vector::new(
            "ALLOCA",
            "gives_back",
            "a negative number of cells raises the pointer",
            &[ins("ALLOCA", &[1, 2])],
        )
        .r(2, -2)
        .r(11, 100)
        .then_r(1, 108)
        .then_r(11, 108),
    ];
    for (case, value, fits) in [
        ("the_greatest", i64::from(i32::MAX), true),
        ("the_least", i64::from(i32::MIN), true),
        ("one_too_great", i64::from(i32::MAX) + 1, false),
        ("one_too_small", i64::from(i32::MIN) - 1, false),
        ("far_too_great", i64::MAX, false),
    ] {
        let vector = Vector::new(
            "PUSH",
            case,
            format!("{value} in a cell of 32 bits"),
            &[ins("PUSH", &[1]), ins("POP", &[2])],
        )
        .r(1, value);
        all.push(if fits { vector.then_r(2, value) } else { vector.fails("VMRangeError").then_r(11, TOP) });
    }
    all
}
