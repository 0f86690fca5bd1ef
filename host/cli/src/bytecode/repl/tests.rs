use flux_vm::machine::Setting;

use super::Repl;
use crate::bytecode::debugger::Reply;
use crate::bytecode::machine::Outside;

/// What a prompt says to some lines, one after another.
fn said(lines: &[&str]) -> String {
    let mut repl = Repl::new(Setting::default(), Outside::new(None)).expect("begins");
    let mut text = String::new();
    let mut replies: Vec<Reply> = lines.iter().map(|line| repl.execute(line)).collect();
    replies.push(repl.finish());
    for reply in replies {
        match reply {
            Reply::Text(said) => text += &said,
            Reply::Mistake(mistake) => text += &format!("error: {mistake}\n"),
            Reply::Quit => text += "quit\n",
        }
    }
    text
}

#[test]
fn the_machine_stays_between_inputs() {
    assert_eq!(said(&["MOVI R0, 5", "INC R0", "R0 * 2 + 0x10"]), "  R0: 0 -> 5\n  R0: 5 -> 6\n28 (0x1c)\n");
    assert_eq!(said(&["MOVI R1, 9", "PUSH R1", "POP R2"]).lines().last(), Some("  R11: 65532 -> 65536"));
}

#[test]
fn functions_are_kept_and_blocks_run() {
    let function = ["square:", "  IMUL R0, R0, R0", "  RET", ""];
    let text = said(&[&function[..], &["MOVI R0, 12", "CALL square", "labels"]].concat());
    assert_eq!(text, "kept at 0x0000\n  R0: 0 -> 12\n  R0: 12 -> 144\n  3 cycles\n  square = 0 (0x0000)\n");
    let block = ["MOVI R1, 4", "again:", "ADD R0, R0, R1", "DEC R1", "JNZ R1, again", ""];
    assert_eq!(
        said(&block),
        "  R1: 0 -> 4\n  R0: 0 -> 10\n  R1: 4 -> 0\n  flags: (none) -> Z\n  12 cycles\n"
    );
}

#[test]
fn the_end_of_input_ends_a_block() {
    assert_eq!(said(&["x: MOVI R3, 1"]), "  R3: 0 -> 1\n");
}

#[test]
fn mistakes_change_nothing() {
    let text = said(&["MOVI R99, 1", "JMP nowhere", "R0 +", "1 / 0", "MOVI R0, 1"]);
    assert_eq!(text.lines().filter(|line| line.starts_with("error: ")).count(), 4, "{text}");
    assert!(text.ends_with("  R0: 0 -> 1\n"), "{text}");
}

#[test]
fn what_fails_says_where_and_leaves_the_machine() {
    let text = said(&["MOVI R1, 3", "IDIV R0, R1, R2", "R1"]);
    assert!(text.contains("error: division by zero | opcode=0x0B | pc=5\n"), "{text}");
    assert!(text.ends_with("3 (0x3)\n"), "{text}");
}

#[test]
fn bytes_are_listed_and_executed() {
    assert_eq!(
        said(&["dis 2b002a0080"]),
        "0000:  2b002a00          MOVI                 R0, 42\n0004:  80                HALT\n"
    );
    assert_eq!(said(&["hex 2b 00 2a 00 80"]), "  R0: 0 -> 42\n  2 cycles\n  halted\n");
    assert_eq!(said(&["dis 2b0"]), "error: expected pairs of hexadecimal digits, found `2b0`\n");
}

#[test]
fn constants_and_macros_stay() {
    assert_eq!(
        said(&[".set N 7", "#define TWICE(a) ADD a, a, a", "MOVI R0, N", "TWICE(R0)", "N"]),
        "  R0: 0 -> 7\n  R0: 7 -> 14\n7 (0x7)\n"
    );
}

#[test]
fn an_endless_loop_is_stopped() {
    assert!(said(&["x: JMP x", ""]).ends_with("error: it did not end within 1,000,000 cycles\n"));
}

/// Words that inputs are made of, and some that are none.
const WORDS: [&str; 44] = [
    "MOVI",
    "ADD",
    "PUSH",
    "POP",
    "CALL",
    "RET",
    "JMP",
    "JNZ",
    "STORE",
    "IDIV",
    "HALT",
    "TELL",
    "REGION_CREATE",
    "R0,",
    "R1,",
    "R2",
    "SP",
    "5",
    "-3",
    "0x7fffffff",
    "a:",
    "b:",
    "a",
    "b",
    "@c",
    ".set",
    ".byte",
    ".entry",
    "#define",
    "#ifdef",
    "#endif",
    "N",
    "regs",
    "mem",
    "dis",
    "hex",
    "2b002a00",
    "\"x\"",
    "'",
    "\u{e9}",
    "+",
    "(",
    ";",
    "#",
];

#[test]
fn nothing_that_is_typed_makes_it_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let mut repl = Repl::new(Setting::default(), Outside::new(None)).expect("begins");
    repl.budget = 200;
    for at in 0..3000 {
        let words: Vec<&str> = (0..below(6)).map(|_| WORDS[below(WORDS.len())]).collect();
        assert_ne!(repl.execute(&words.join(" ")), Reply::Quit);
        if at % 100 == 99 {
            repl.execute("");
            repl.execute("reset");
        }
    }
}
