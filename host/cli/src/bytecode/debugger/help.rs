//! What the debugger says of its commands.

/// A command: how it is written, and what it does.
const COMMANDS: [(&str, &str); 20] = [
    ("step [N]", "execute N (1) instructions; stops early at a breakpoint, a watchpoint, an end"),
    ("next", "execute one instruction, and a call to its return"),
    ("finish", "execute until the innermost call has returned"),
    ("continue", "execute until something stops it"),
    ("run", "begin again, then `continue`"),
    ("regs", "show registers, flags, stack, the next instruction, breakpoints and watchpoints"),
    ("print EXPRESSION", "compute with numbers, registers and labels, as in `print R1 * 4 + table`"),
    (
        "bp add OFFSET [if CONDITION]",
        "stop before the instruction at an offset, a label or `:LINE`, as in `bp add loop if R3 == 10`",
    ),
    ("bp del|enable|disable OFFSET", "change a breakpoint; `bp clear` removes all"),
    ("bp [list]", "list the breakpoints"),
    (
        "watch add PLACE",
        "stop when R3, F1, V2, flags or mem:ADDRESS:LENGTH or mem:REGION:ADDRESS:LENGTH changes",
    ),
    ("watch [list|del PLACE|clear]", "list or remove watchpoints"),
    (
        "mem [REGION] ADDRESS [LENGTH]",
        "show memory, of the region `stack` unless one is named; `regions` lists them",
    ),
    ("stack [N]", "show N (8) cells from the stack pointer on"),
    ("set PLACE VALUE", "change a register, or memory as in `set mem:0x10 1 2 3`"),
    ("backtrace", "show the calls that have not returned, and where they go on"),
    ("disasm [OFFSET] [COUNT]", "list 5 instructions from here or from OFFSET on; `list` shows the text"),
    ("json", "print the state as JSON (schema flux.debug/1)"),
    ("reset", "begin again; breakpoints and watchpoints stay"),
    ("quit", "leave; so does the end of input"),
];

/// What there is, or what a command does.
///
/// # Errors
/// There is no such command.
pub(super) fn of(name: Option<&str>) -> Result<String, String> {
    let line = |(form, does): &(&str, &str)| format!("  {form:<31} {does}\n");
    let Some(name) = name else {
        let lines: String = COMMANDS.iter().map(line).collect();
        return Ok(format!(
            "{lines}An empty line repeats the last command. Short: s n f c r p b w x bt dis l q.\n"
        ));
    };
    let found: String = COMMANDS.iter().filter(|(form, _)| form.starts_with(name)).map(line).collect();
    if found.is_empty() { Err(unknown(name)) } else { Ok(found) }
}

/// Nothing is called `name`.
pub(super) fn unknown(name: &str) -> String {
    format!("there is no command `{name}`; `help` lists them")
}
