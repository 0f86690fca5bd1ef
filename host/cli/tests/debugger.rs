//! `flux debug` and `flux repl` as somebody uses them: the real binary at a real terminal.
//!
//! The pseudo-terminals are those of Unix; elsewhere the tests are shown as ignored, with the reason.

#[cfg(unix)]
mod terminal {
    use std::fs;
    use std::process::Command;

    use rexpect::session::{PtySession, spawn_command};

    /// How long to wait for what is expected, in milliseconds: machines that test are busy.
    const PATIENCE_MS: u64 = 60_000;

    /// Adds the numbers from 5 down to 1, with a call for each.
    pub const SUM: &str = "\
        MOVI R1, 5\n\
        again:\n\
        CALL add\n\
        DEC R1\n\
        JNZ R1, again\n\
        HALT\n\
        add:\n\
        ADD R0, R0, R1\n\
        RET\n";

    /// Starts `flux` with a terminal of its own.
    pub fn flux(args: &[&str]) -> PtySession {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flux"));
        // Whoever tests may have no terminal, or one that wants no colour.
        command.args(args).env("TERM", "xterm").env_remove("NO_COLOR");
        spawn_command(command, Some(PATIENCE_MS)).expect("starts")
    }

    /// Types a line, and reads what is printed up to the next prompt.
    pub fn say(session: &mut PtySession, line: &str, prompt: &str) -> String {
        session.send_line(line).expect("types");
        let echoed = session.exp_string("\r\n").expect("the line is echoed");
        let answer = session.exp_string(prompt).expect("a prompt follows");
        format!("{echoed}\n{answer}")
    }

    pub fn program(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("makes a folder");
        let path = folder.path().join("sum.flx");
        fs::write(&path, text).expect("writes");
        let name = path.to_string_lossy().into_owned();
        (folder, name)
    }

    /// Whether a session comes to its end, with exit status 0.
    pub fn ends_well(mut session: PtySession) -> bool {
        session.exp_eof().expect("ends");
        // The type of this is not to be had from here; its text names the status after the process.
        let status = format!("{:?}", session.process_mut().wait().expect("ends"));
        status.starts_with("Exited(") && status.ends_with(", 0)")
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the pseudo-terminals of this test are those of Unix")]
fn a_program_is_debugged_at_a_terminal() {
    #[cfg(unix)]
    {
        use terminal::{SUM, ends_well, flux, program, say};

        let prompt = "(flux-debug) ";
        let (_folder, file) = program(SUM);
        let mut session = flux(&["debug", &file, "--bp", "add"]);
        let intro = session.exp_string(prompt).expect("a prompt");
        assert!(intro.contains("Breakpoint added at 0x000F"), "{intro}");
        assert!(intro.contains("PC=0x0000 | Cycles=0 | Halted=false | Running=true"), "{intro}");

        let answer = say(&mut session, "continue", prompt);
        assert!(answer.contains("Stopped at 0x000F: breakpoint"), "{answer}");
        let answer = say(&mut session, "bt", prompt);
        assert!(answer.contains("#1 0x0008 again+4"), "{answer}");
        let answer = say(&mut session, "finish", prompt);
        assert!(answer.contains("Stopped at 0x0008"), "{answer}");
        let answer = say(&mut session, "step", prompt);
        assert!(answer.contains("0x0008: DEC R1"), "{answer}");
        // An empty line steps once more.
        let answer = say(&mut session, "", prompt);
        assert!(answer.contains("0x000A: JNZ R1"), "{answer}");
        let answer = say(&mut session, "bp disable add", prompt);
        assert!(answer.contains("Breakpoint disabled at 0x000F"), "{answer}");
        let answer = say(&mut session, "next", prompt);
        assert!(answer.contains("Stopped at 0x0008"), "{answer}");
        let answer = say(&mut session, "watch add R0", prompt);
        assert!(answer.contains("Watchpoint added: R0"), "{answer}");
        let answer = say(&mut session, "c", prompt);
        assert!(answer.contains("R0: 9 -> 12"), "{answer}");
        let answer = say(&mut session, "set R1 1", prompt);
        assert!(answer.contains("R1: 3 -> 1"), "{answer}");
        let answer = say(&mut session, "c", prompt);
        assert!(answer.contains("halted after") && answer.contains("R0=12"), "{answer}");
        session.send_control('d').expect("types");
        assert!(ends_well(session));
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the pseudo-terminals of this test are those of Unix")]
fn assembly_is_typed_at_a_terminal() {
    #[cfg(unix)]
    {
        use terminal::{ends_well, flux, say};

        let prompt = "flux> ";
        let mut session = flux(&["repl"]);
        session.exp_string(prompt).expect("a prompt");
        let answer = say(&mut session, "MOVI R0, 6", prompt);
        assert!(answer.contains("R0: 0 -> 6"), "{answer}");
        let answer = say(&mut session, "R0 * 7", prompt);
        assert!(answer.contains("42 (0x2a)"), "{answer}");
        session.send_line("double:").expect("types");
        session.exp_string("  ... ").expect("the block goes on");
        session.send_line("ADD R0, R0, R0").expect("types");
        session.exp_string("  ... ").expect("the block goes on");
        session.send_line("RET").expect("types");
        session.exp_string("  ... ").expect("the block goes on");
        let answer = say(&mut session, "", prompt);
        assert!(answer.contains("kept at"), "{answer}");
        let answer = say(&mut session, "CALL double", prompt);
        assert!(answer.contains("R0: 6 -> 12"), "{answer}");
        // The arrow calls the line before back.
        let answer = say(&mut session, "\u{1b}[A", prompt);
        assert!(answer.contains("R0: 12 -> 24"), "{answer}");
        session.send_line("quit").expect("types");
        assert!(ends_well(session));
    }
}
