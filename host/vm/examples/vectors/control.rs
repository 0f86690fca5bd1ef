//! Jumps, calls and endings.

use super::vector::{HALT, Holds, Vector, ins, jump, movi};

const MIN: i64 = i64::MIN;

/// `MOVI R0, 1` behind a jump: executed if and only if the jump was not taken.
fn skipped() -> Vec<u8> {
    movi(0, 1)
}

pub fn vectors() -> Vec<Vector> {
    let mut all = vec![
        Vector::new("NOP", "alone", "nothing happens", &[ins("NOP", &[])]).r(0, 5).then_r(0, 5),
        Vector::new("NOP", "thrice", "nothing happens three times", &[vec![0, 0, 0]]).r(0, 5).then_r(0, 5),
        Vector::raw("HALT", "alone", "the shortest program", vec![HALT]).then_r(0, 0),
        Vector::raw(
            "HALT",
            "at_once",
            "what stands behind it is not executed",
            [vec![HALT], movi(0, 9)].concat(),
        )
        .then_r(0, 0),
        Vector::new("JMP", "forward", "over an instruction", &[jump("JMP", 0, 4), skipped()]).then_r(0, 0),
        Vector::new(
            "JMP",
            "nowhere",
            "a distance of 0 goes on at the next instruction",
            &[jump("JMP", 0, 0), skipped()],
        )
        .then_r(0, 1),
        Vector::new(
            "JMP",
            "ignores_its_register",
            "the register byte has no effect",
            &[jump("JMP", 99, 4), skipped()],
        )
        .then_r(0, 0),
        Vector::raw(
            "JMP",
            "backward",
            "to an instruction before it",
            [jump("JMP", 0, 5), movi(0, 7), vec![HALT], jump("JMP", 0, -9)].concat(),
        )
        .then_r(0, 7),
        Vector::raw(
            "JMP",
            "for_ever",
            "a loop without an end uses the budget up, which is no error",
            [movi(0, 0), movi(0, 0), movi(1, 0), jump("JMP", 0, -8), vec![HALT]].concat(),
        )
        .never_halts(),
        Vector::raw("JMP", "to_itself", "the shortest loop", jump("JMP", 0, -4))
            .r(0, 3)
            .never_halts()
            .then_r(0, 3),
        Vector::raw("JMP", "before_the_code", "no instruction has a negative address", jump("JMP", 0, -5))
            .fails("VMControlError"),
        Vector::raw(
            "JMP",
            "after_the_code",
            "there is no instruction there",
            [jump("JMP", 0, 100), vec![HALT]].concat(),
        )
        .fails("VMControlError"),
        Vector::raw(
            "JMP",
            "into_an_instruction",
            "no byte belongs to two instructions",
            [movi(0, 0), jump("JZ", 0, -6), vec![HALT]].concat(),
        )
        .fails("VMControlError"),
        Vector::raw(
            "NOP",
            "at_the_end",
            "execution that comes to the end of the code has nowhere to go on",
            vec![0],
        )
        .fails("VMControlError"),
        Vector::raw("MOVI", "at_the_end", "what comes before the end is executed", movi(0, 4))
            .fails("VMControlError")
            .then_r(0, 4),
        Vector::raw(
            "NOP",
            "before_data",
            "bytes that nothing leads to may be data",
            [jump("JMP", 0, 3), vec![0xff, 0xfe, 0x6f], movi(0, 6), vec![HALT]].concat(),
        )
        .then_r(0, 6),
        Vector::raw("MOVI", "cut_off", "an instruction that the code ends inside", vec![0x2b, 0, 1])
            .fails("VMInvalidOpcodeError"),
        Vector::raw("TELL", "cut_off", "a payload that the code ends inside", vec![0x60, 5, 0, 1, 0xff])
            .fails("VMInvalidOpcodeError"),
    ];
    for byte in [0x58, 0x5f, 0x6f, 0x87, 0x8f, 0xaf, 0xb9, 0xff] {
        all.push(
            Vector::raw(
                "NOP",
                &format!("before_{byte:02x}"),
                format!("no instruction has the byte 0x{byte:02x}"),
                vec![0, byte, HALT],
            )
            .fails("VMInvalidOpcodeError"),
        );
    }
    for (mnemonic, operands) in [
        ("MOV", vec![16, 0]),
        ("MOV", vec![0, 255]),
        ("IADD", vec![0, 0, 16]),
        ("PUSH", vec![64]),
        ("MOVI", vec![16, 0, 0]),
    ] {
        let case =
            format!("no_register_{}", operands.iter().map(u8::to_string).collect::<Vec<_>>().join("_"));
        all.push(
            Vector::new(mnemonic, &case, "there are 16 R registers", &[ins(mnemonic, &operands)])
                .fails("VMRangeError"),
        );
    }
    all.extend(branches());
    all.extend(neighbours());
    all.extend(calls());
    all.extend(anchors());
    all
}

fn branches() -> Vec<Vector> {
    let mut all = Vec::new();
    for (mnemonic, taken_if_zero) in [("JZ", true), ("JNZ", false)] {
        for value in [0, 1, -1, MIN, 1 << 32] {
            let taken = (value == 0) == taken_if_zero;
            let name = if value < 0 { format!("minus_{}", value.unsigned_abs()) } else { format!("{value}") };
            all.push(
                Vector::new(
                    mnemonic,
                    &name,
                    format!("with {value} in its register"),
                    &[jump(mnemonic, 8, 4), skipped()],
                )
                .r(8, value)
                .then_r(0, i64::from(!taken))
                .then_r(8, value),
            );
        }
    }
    let tests: [(&str, Holds); 6] = [
        ("JE", |a, b| a == b),
        ("JNE", |a, b| a != b),
        ("JL", |a, b| a < b),
        ("JGE", |a, b| a >= b),
        ("JG", |a, b| a > b),
        ("JLE", |a, b| a <= b),
    ];
    for (mnemonic, holds) in tests {
        for (case, a, b) in [
            ("less", 3, 4),
            ("equal", 4, 4),
            ("greater", 4, 3),
            ("far_less", MIN, i64::MAX),
            ("far_greater", i64::MAX, -1),
        ] {
            all.push(
                Vector::new(
                    mnemonic,
                    case,
                    format!("after {a} compared with {b}"),
                    &[ins("CMP", &[1, 2]), jump(mnemonic, 0, 4), skipped()],
                )
                .r(1, a)
                .r(2, b)
                .then_r(0, i64::from(!holds(a, b))),
            );
            all.push(
                Vector::new(
                    mnemonic,
                    &format!("{case}_at_a_distance"),
                    format!("after {a} compared with {b}, with another instruction between"),
                    &[ins("CMP", &[1, 2]), movi(0, 0), jump(mnemonic, 0, 4), skipped()],
                )
                .r(1, a)
                .r(2, b)
                .then_r(0, i64::from(!holds(a, b))),
            );
        }
        // Flags begin as of a number above zero, and follow from results as well.
        for (case, value) in [("no_flags", None), ("zero", Some(0)), ("negative", Some(-2))] {
            let code: Vec<Vec<u8>> = value
                .map(|_| ins("IADD", &[3, 4, 5]))
                .into_iter()
                .chain([jump(mnemonic, 0, 4), skipped()])
                .collect();
            let result = value.unwrap_or(1);
            all.push(
                Vector::new(
                    mnemonic,
                    case,
                    "by the result before it, or by flags that were never set",
                    &code,
                )
                .r(4, result)
                .then_r(0, i64::from(!holds(result, 0))),
            );
        }
    }
    // 5 + 4 + 3 + 2 + 1.
    all.push(
        Vector::new(
            "JNZ",
            "loop",
            "a loop that counts down",
            &[movi(1, 5), ins("IADD", &[0, 0, 1]), ins("DEC", &[1]), jump("JNZ", 1, -10)],
        )
        .then_r(0, 15)
        .then_r(1, 0),
    );
    all
}

fn calls() -> Vec<Vector> {
    vec![
        Vector::raw(
            "CALL",
            "and_return",
            "a routine that increments R0, twice",
            [jump("CALL", 0, 5), jump("CALL", 0, 1), vec![HALT], ins("INC", &[0]), ins("RET", &[])].concat(),
        )
        .then_r(0, 2)
        .then_r(11, 65_536),
        Vector::raw(
            "CALL",
            "pushes_the_address_after_it",
            "what it goes on at pops the address, 8",
            [movi(9, 3), jump("CALL", 0, 0), ins("POP", &[1]), vec![HALT]].concat(),
        )
        .then_r(1, 8)
        .then_r(11, 65_536),
        Vector::raw(
            "CALL",
            "nested",
            "a routine that calls another one",
            [
                jump("CALL", 0, 1),
                vec![HALT],
                ins("INC", &[0]),
                jump("CALL", 0, 3),
                ins("INC", &[0]),
                ins("RET", &[]),
                ins("IADD", &[0, 0, 0]),
                ins("RET", &[]),
            ]
            .concat(),
        )
        // (0 + 1) * 2 + 1
        .then_r(0, 3),
        Vector::raw("CALL", "for_ever", "calls without a return fill the stack", jump("CALL", 0, -4))
            .fails("VMMemoryError")
            .then_r(11, 0),
        Vector::raw(
            "RET",
            "on_an_empty_stack",
            "there is nowhere to return to: the program halts",
            vec![0x28],
        )
        .then_r(11, 65_536),
        Vector::raw("RET", "above_the_stack", "a stack pointer above the stack counts as empty", vec![0x28])
            .r(11, 70_000)
            .then_r(11, 70_000),
        Vector::raw(
            "RET",
            "to_no_address",
            "a number that is no address",
            [ins("PUSH", &[1]), vec![0x28]].concat(),
        )
        .r(1, 9999)
        .fails("VMControlError")
        .then_r(11, 65_532),
        Vector::raw(
            "RET",
            "to_a_negative_address",
            "a number that is no address",
            [ins("PUSH", &[1]), vec![0x28]].concat(),
        )
        .r(1, -1)
        .fails("VMControlError"),
        Vector::raw(
            "RET",
            "into_an_instruction",
            "an address inside an instruction",
            [movi(1, 1), ins("PUSH", &[1]), vec![0x28]].concat(),
        )
        .fails("VMControlError"),
        Vector::raw(
            "RET",
            "to_a_pushed_address",
            "without a container, every instruction is a place to return to",
            // 0 MOVI R1, 11; 4 PUSH R1; 6 JNZ R5, 11; 10 RET; 11 INC R0; 13 HALT
            [
                movi(1, 11),
                ins("PUSH", &[1]),
                jump("JNZ", 5, 1),
                ins("RET", &[]),
                ins("INC", &[0]),
                vec![HALT],
            ]
            .concat(),
        )
        .then_r(0, 1)
        .then_r(11, 65_536),
        Vector::raw(
            "CALL_IND",
            "to_a_routine",
            "the address stands in R1; the first operand has no effect",
            // 0 MOVI R1, 8; 4 CALL_IND; 7 HALT; 8 INC R0; 10 RET
            [movi(1, 8), ins("CALL_IND", &[99, 1]), vec![HALT], ins("INC", &[0]), ins("RET", &[])].concat(),
        )
        .then_r(0, 1)
        .then_r(11, 65_536),
        Vector::raw(
            "CALL_IND",
            "pushes_the_address_after_it",
            "the routine looks at the cell on top",
            [
                movi(1, 8),
                ins("CALL_IND", &[0, 1]),
                vec![HALT],
                ins("POP", &[2]),
                ins("PUSH", &[2]),
                ins("RET", &[]),
            ]
            .concat(),
        )
        .then_r(2, 7),
        Vector::raw(
            "CALL_IND",
            "to_no_instruction",
            "an address inside an instruction",
            [movi(1, 9), ins("CALL_IND", &[0, 1]), vec![HALT], movi(2, 5), ins("RET", &[])].concat(),
        )
        .fails("VMControlError")
        .then_r(11, 65_536),
        Vector::new(
            "CALL_IND",
            "after_the_code",
            "there is no instruction there",
            &[ins("CALL_IND", &[0, 1])],
        )
        .r(1, 4)
        .fails("VMControlError"),
        Vector::new(
            "CALL_IND",
            "before_the_code",
            "no instruction has a negative address",
            &[ins("CALL_IND", &[0, 1])],
        )
        .r(1, -1)
        .fails("VMControlError"),
        Vector::new(
            "CALL_IND",
            "far_away",
            "an address of more than 32 bits is no address",
            &[ins("CALL_IND", &[0, 1])],
        )
        .r(1, 1 << 32)
        .fails("VMControlError"),
        Vector::raw(
            "TAILCALL",
            "returns_to_the_first_caller",
            "a routine that ends with another one",
            // 0 CALL 5; 4 HALT; 5 INC R0; 7 TAILCALL 13; 11 INC R1; 13 INC R2; 15 RET
            [
                jump("CALL", 0, 1),
                vec![HALT],
                ins("INC", &[0]),
                jump("TAILCALL", 0, 2),
                ins("INC", &[1]),
                ins("INC", &[2]),
                ins("RET", &[]),
            ]
            .concat(),
        )
        .then_r(0, 1)
        .then_r(1, 0)
        .then_r(2, 1)
        .then_r(11, 65_536),
        Vector::new(
            "TAILCALL",
            "pushes_nothing",
            "the stack pointer stays",
            &[jump("TAILCALL", 0, 4), skipped()],
        )
        .then_r(0, 0)
        .then_r(11, 65_536),
    ]
}

/// Instructions that a machine may be tempted to execute together.
fn neighbours() -> Vec<Vector> {
    let loop_of = |case: &str, description: &str, body: &[Vec<u8>], back: &str, register: u8| {
        let len: usize = body.iter().map(Vec::len).sum();
        // INVARIANT: bodies are short.
        let end = jump(back, register, -(len as i16) - 4);
        Vector::new(back, case, description, &[body.concat(), end])
    };
    let sum = [ins("IADD", &[0, 0, 1]), ins("DEC", &[2])];
    vec![
        Vector::new(
            "MOV",
            "and_mov",
            "the second sees what the first has done",
            &[ins("MOV", &[1, 0]), ins("MOV", &[2, 1]), ins("MOV", &[0, 3]), ins("MOV", &[3, 0])],
        )
        .r(0, 5)
        .r(1, 6)
        .r(3, 7)
        .then_r(0, 7)
        .then_r(1, 5)
        .then_r(2, 5)
        .then_r(3, 7),
        Vector::raw(
            "MOV",
            "behind_another",
            "a jump between two of them",
            // 0 JZ R9, 7; 4 MOV R1, R0; 7 MOV R2, R0; 10 HALT
            [jump("JZ", 9, 3), ins("MOV", &[1, 0]), ins("MOV", &[2, 0]), vec![HALT]].concat(),
        )
        .r(0, 5)
        .then_r(1, 0)
        .then_r(2, 5),
        Vector::raw(
            "JE",
            "behind_a_comparison",
            "a jump between the comparison and the branch",
            // 0 JMP 7; 4 CMP R1, R1; 7 JE 15; 11 MOVI R0, 1; 15 HALT
            [jump("JMP", 0, 3), ins("CMP", &[1, 1]), jump("JE", 0, 4), skipped(), vec![HALT]].concat(),
        )
        .then_r(0, 1),
        Vector::raw(
            "JNZ",
            "behind_a_decrement",
            "a jump between the decrement and the branch",
            // 0 JMP 6; 4 DEC R1; 6 JNZ R1, 4; 10 HALT
            [jump("JMP", 0, 2), ins("DEC", &[1]), jump("JNZ", 1, -6), vec![HALT]].concat(),
        )
        .r(1, 3)
        .then_r(1, 0),
        loop_of(
            "of_another_register",
            "what is decremented is not what is looked at",
            &[ins("DEC", &[1])],
            "JNZ",
            2,
        )
        .r(1, 9)
        .then_r(1, 8)
        .then_alu(8),
        loop_of("down_to_zero", "flags are those of the last decrement", &[ins("DEC", &[1])], "JNZ", 1)
            .r(1, 1000)
            .then_r(1, 0)
            .then_alu(0),
        loop_of("sum", "a sum and a decrement", &sum, "JNZ", 2)
            .r(1, 3)
            .r(2, 100)
            .then_r(0, 300)
            .then_r(2, 0)
            .then_alu(0),
        loop_of(
            "sum_into_the_counter",
            "the sum goes into what is decremented: 6 - 2 - 1 - 2 - 1",
            &[ins("IADD", &[2, 2, 1]), ins("DEC", &[2])],
            "JNZ",
            2,
        )
        .r(1, -2)
        .r(2, 6)
        .then_r(2, 0),
        loop_of(
            "sum_of_the_counter",
            "the counter is a part of the sum: 4 + 3 + 2 + 1",
            &[ins("IADD", &[0, 0, 2]), ins("DEC", &[2])],
            "JNZ",
            2,
        )
        .r(2, 4)
        .then_r(0, 10),
        // Budgets end where they end: 100000 cycles.
        loop_of("increments_for_ever", "two instructions for each round", &[ins("INC", &[0])], "JMP", 0)
            .never_halts()
            .then_r(0, 50_000),
        loop_of("sums_for_ever", "three instructions for each round, and one more", &sum, "JNZ", 2)
            .r(1, 1)
            .r(2, 1 << 40)
            .never_halts()
            .then_r(0, 33_334)
            .then_r(2, (1 << 40) - 33_333),
        loop_of(
            "copies_for_ever",
            "five instructions for each round",
            &[ins("MOV", &[1, 0]), ins("MOV", &[2, 1]), ins("INC", &[0]), ins("NOP", &[])],
            "JMP",
            0,
        )
        .never_halts()
        .then_r(0, 20_000)
        .then_r(1, 19_999)
        .then_r(2, 19_999),
        Vector::raw(
            "CMP",
            "for_ever",
            "the last cycle pays for a comparison, not for the branch behind it",
            // 0 INC R1; 2 CMP R1, R2; 5 JNE 0: 33333 rounds and an increment
            [ins("INC", &[1]), ins("CMP", &[1, 2]), jump("JNE", 0, -9), vec![HALT]].concat(),
        )
        .never_halts()
        .then_r(1, 33_334)
        .then_flags(false, false, false, false),
        Vector::raw(
            "CMP",
            "in_time",
            "a program that needs exactly its budget halts",
            // 1 + 33333 * 3 = 100000 cycles: 0 INC R1; 2 CMP R1, R2; 5 JNE 0; 9 HALT
            [ins("INC", &[1]), ins("CMP", &[1, 2]), jump("JNE", 0, -9), vec![HALT]].concat(),
        )
        .r(2, 33_333)
        .then_r(1, 33_333)
        .then_flags(true, false, false, false),
    ]
}

/// Encodings in full, as the description gives them.
fn anchors() -> Vec<Vector> {
    let code = |hex: &str| {
        // INVARIANT: written below.
        hex.split(' ').map(|pair| u8::from_str_radix(pair, 16).unwrap_or(0xff)).collect::<Vec<u8>>()
    };
    vec![
        Vector::raw("IADD", "anchor", "10 + 20", code("2b 01 0a 00 2b 02 14 00 08 00 01 02 80"))
            .then_r(0, 30),
        Vector::raw("CALL", "anchor", "call and return", code("2b 00 2a 00 07 00 01 00 80 2b 02 4d 00 28"))
            .then_r(0, 42)
            .then_r(2, 77),
        Vector::raw(
            "TAILCALL",
            "anchor",
            "over an instruction",
            code("2b 00 0a 00 2a 00 04 00 2b 01 e7 03 2b 00 14 00 80"),
        )
        .then_r(0, 20)
        .then_r(1, 0),
        Vector::raw("BOX", "anchor", "boxed and unboxed", code("39 01 00 63 00 00 00 3a 00 01 80"))
            .then_r(0, 99)
            .then_r(1, 0),
        Vector::raw("CAST", "anchor", "a truth value", code("2b 01 2a 00 38 00 01 02 80")).then_r(0, 1),
        Vector::raw("SETCC", "anchor", "after an increment", code("2b 00 00 00 0e 00 1f 01 01 1f 02 00 80"))
            .then_r(0, 1)
            .then_r(1, 1)
            .then_r(2, 0),
        Vector::raw(
            "REGION_CREATE",
            "anchor",
            "a region of 1024 bytes",
            code("30 0d 00 04 74 65 73 74 00 04 00 00 03 67 65 6e 80"),
        )
        .then_r(0, 0),
        Vector::raw("CONF", "anchor", "four bytes, then NOP", code("3d 00 00 00 00 80")),
        Vector::raw(
            "JMP",
            "anchor",
            "a loop without an end",
            code("2b 00 00 00 2b 00 00 00 2b 01 00 00 04 00 f8 ff 80"),
        )
        .never_halts(),
    ]
}
