use flux_lang::assembly::{self, Limits, NoIncludes};
use flux_vm::machine::Setting;

use super::{Debugger, Reply};
use crate::bytecode::file::Loaded;
use crate::bytecode::machine::Outside;

/// Sums the squares of 3, 2 and 1 into memory.
const SQUARES: &str = "
        MOVI R1, 3
        MOVI R3, 16
again:  MOV R0, R1
        CALL square
        ADD R2, R2, R0
        STORE R2, R3
        DEC R1
        JNZ R1, again
        HALT
square: IMUL R0, R0, R0
        RET
";

/// What the debugger says to some commands, one after another.
fn said(text: &str, commands: &[&str]) -> String {
    let mut assembly = assembly::assemble("squares.flx", text, &NoIncludes, &Limits::DEFAULT);
    let program = assembly.program.take().unwrap_or_else(|| panic!("{}", assembly.render()));
    let loaded = Loaded { name: "squares.flx".to_owned(), program, assembly: Some(Box::new(assembly)) };
    let verified = loaded.verify().expect("it is in order");
    let setting = Setting::default();
    let mut debugger = Debugger::new(&loaded, &verified, &setting, &[], Outside::new(None), 1000);
    let mut text = String::new();
    for command in commands {
        match debugger.execute(command) {
            Reply::Text(said) => text += &said,
            Reply::Mistake(mistake) => text += &format!("error: {mistake}\n"),
            Reply::Quit => text += "quit\n",
        }
    }
    text
}

fn check(commands: &[&str], expected: &str) {
    assert_eq!(said(SQUARES, commands), expected, "{commands:?}");
}

#[test]
fn steps_show_what_was_executed() {
    check(
        &["step 2", ""],
        "0x0000: MOVI R1, 3\n0x0004: MOVI R3, 16\n0x0008: MOV R0, R1\n0x000B: CALL R0, +14 (offset=0x001d)\n",
    );
    check(&["step x"], "error: nothing is called `x`\n");
    check(&["step 0"], "error: expected a number from 1 to 1000000, found 0\n");
    check(&["# a comment", ""], "");
}

#[test]
fn calls_are_stepped_over_and_finished() {
    check(
        &["step 3", "next"],
        "0x0000: MOVI R1, 3\n0x0004: MOVI R3, 16\n0x0008: MOV R0, R1\nStopped at 0x000F\n  000f: IADD R2, R2, R0                  ; squares.flx:6: ADD R2, R2, R0\n",
    );
    let text = said(SQUARES, &["bp add square", "continue", "backtrace", "finish", "finish"]);
    assert_eq!(
        text,
        "Breakpoint added at 0x001D\n\
         Stopped at 0x001D: breakpoint\n  001d: IMUL R0, R0, R0                  ; squares.flx:11: square: IMUL R0, R0, R0\n  \
         #0 0x001D square (squares.flx:11)\n  #1 0x000F again+7 (squares.flx:6), called square at 0x000B\n\
         Stopped at 0x000F\n  000f: IADD R2, R2, R0                  ; squares.flx:6: ADD R2, R2, R0\n\
         error: no call is under way; `continue` runs to the end\n"
    );
}

#[test]
fn a_breakpoint_inside_of_a_call_stops_what_steps_over_it() {
    let text = said(SQUARES, &["step 3", "bp add square", "next"]);
    assert!(text.contains("Stopped at 0x001D: breakpoint"), "{text}");
}

#[test]
fn breakpoints_count_their_hits_and_have_conditions() {
    let text = said(SQUARES, &["bp add square if R1 == 2", "c", "print R0", "c", "bp"]);
    assert!(
        text.contains("Breakpoint added at 0x001D if R1 == 2\nStopped at 0x001D: breakpoint\n"),
        "{text}"
    );
    assert!(text.contains("\n2 (0x2)\nStopped at 0x001C: halted after 27 cycles, R0=1\n"), "{text}");
    assert!(text.ends_with("  + 0x001D (hit 1 times) if R1 == 2 square\n"), "{text}");
    check(&["b 1"], "error: invalid offset `1`: no instruction begins at 0x0001\n");
    check(&["b nowhere"], "error: invalid offset `nowhere`: nothing is called `nowhere`\n");
    check(&["b 0 if"], "error: expected `bp add OFFSET if CONDITION`\n");
    check(&["b 0 if R99 == 1"], "error: nothing is called `R99`\n");
    check(&["bp del 4"], "error: there is no breakpoint at 0x0004\n");
}

#[test]
fn a_disabled_breakpoint_lets_pass() {
    let text = said(SQUARES, &["bp add :11", "bp disable square", "c", "bp enable square", "run"]);
    assert!(text.contains("halted after 27 cycles"), "{text}");
    assert!(text.ends_with("Stopped at 0x001D: breakpoint\n  001d: IMUL R0, R0, R0                  ; squares.flx:11: square: IMUL R0, R0, R0\n"), "{text}");
}

#[test]
fn watchpoints_stop_with_what_changed() {
    let text = said(SQUARES, &["watch add R2", "watch add mem:16:4", "c", "c", "watch"]);
    assert!(text.contains("watchpoint, by 0x000F: IADD R2, R2, R0\n  R2: 0 -> 9\n"), "{text}");
    assert!(
        text.contains(
            "watchpoint, by 0x0013: STORE R2, R3\n  mem:stack:0x0010:4: 00 00 00 00 (0) -> 09 00 00 00 (9)\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("Watchpoints:\n  R2 = 9\n  mem:stack:0x0010:4 = 09 00 00 00 (9)\n"), "{text}");
    check(&["watch add mem:70000:4"], "error: there is no mem:stack:0x11170:4\n");
    check(&["watch add R77"], "error: expected a register, `flags` or `mem:ADDRESS:LENGTH`, found `R77`\n");
    check(&["watch del R1"], "error: R1 is not watched\n");
}

#[test]
fn setting_a_register_is_no_change_that_stops() {
    let text = said(SQUARES, &["watch add R1", "step 2", "set R1 1", "set mem:0x10 1 2", "c"]);
    assert!(text.contains("R1: 3 -> 1\nmem:stack:0x0010:2 is set\n"), "{text}");
    assert!(text.contains("by 0x0016: DEC R1\n  R1: 1 -> 0\n"), "{text}");
}

#[test]
fn errors_are_shown() {
    let text = said("MOVI R1, 1\nIDIV R0, R1, R2\nHALT", &["continue", "continue", "reset"]);
    assert!(text.starts_with("Stopped at 0x0004: division by zero | opcode=0x0B | pc=4\n  help: "), "{text}");
    assert!(text.contains("error: the program has ended; `reset` or `run` begins again\n"), "{text}");
    assert!(text.contains("PC=0x0000 | Cycles=0 | Halted=false | Running=true\n"), "{text}");
}

#[test]
fn a_command_has_a_budget() {
    let text = said("x: INC R0\nJMP x", &["continue", "print R0", "continue", "print cycles"]);
    assert!(text.starts_with("Stopped at 0x0000: 1,000 cycles are used up, `continue` goes on\n"), "{text}");
    assert!(text.contains("500 (0x1f4)\n"), "{text}");
    assert!(text.ends_with("2000 (0x7d0)\n"), "{text}");
}

#[test]
fn unknown_commands_are_named() {
    check(&["jump"], "error: there is no command `jump`; `help` lists them\n");
    check(&["next 3"], "error: `next` takes nothing, found `3`\n");
    check(
        &["help finish"],
        "  finish                          execute until the innermost call has returned\n",
    );
    check(&["exit"], "quit\n");
}

#[test]
fn memory_is_shown_with_its_characters() {
    check(
        &["set mem:0 72 105 0", "mem 0 4"],
        "mem:stack:0x0000:3 is set\n  0x0000: 48 69 00 00                                       Hi..\n",
    );
    check(&["mem heap 65530 8"], "error: 8 bytes at 65530 are outside of the region `heap`\n");
}

/// Words that commands are made of, and some that are none.
const WORDS: [&str; 56] = [
    "step",
    "next",
    "finish",
    "continue",
    "run",
    "regs",
    "print",
    "bp",
    "add",
    "del",
    "enable",
    "disable",
    "clear",
    "list",
    "if",
    "watch",
    "mem",
    "stack",
    "regions",
    "set",
    "backtrace",
    "disasm",
    "json",
    "reset",
    "help",
    "R0",
    "R1",
    "SP",
    "F3",
    "V2",
    "flags",
    "heap",
    "mem:0:4",
    "mem:heap:1",
    "mem:",
    "mem::::",
    "square",
    "again",
    ":3",
    ":",
    "0",
    "1",
    "-1",
    "0x10",
    "65535",
    "9223372036854775807",
    "-9223372036854775808",
    "==",
    "<",
    "&&",
    "||",
    "(",
    ")",
    "'",
    "\u{e9}",
    "#",
];

#[test]
fn nothing_that_is_typed_makes_it_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let lines: Vec<String> = (0..4000)
        .map(|_| (0..=below(6)).map(|_| WORDS[below(WORDS.len())]).collect::<Vec<_>>().join(" "))
        .collect();
    let commands: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert!(!said(SQUARES, &commands).is_empty());
}
