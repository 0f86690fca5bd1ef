//! A person in the loop of an ecosystem, as one sits at a real terminal.
//!
//! The pseudo-terminals are those of Unix; elsewhere the tests are shown as ignored, with the reason.

/// The question of these tests: the simulated model that makes the draft gets it wrong, and the judge notices.
#[cfg(unix)]
const QUESTION: &str = "What is the unit of force?";

#[cfg(unix)]
fn ask() -> rexpect::session::PtySession {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genomes/ecosystems");
    let bank = std::env::temp_dir().join("flux-no-such.bank");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_flux"));
    command
        .arg("ask")
        .arg(format!("{folder}/library.flux"))
        .args(["--intent", "publish", QUESTION, "--bank"]);
    command.arg(bank).env("TERM", "dumb");
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).expect("starts");
    session.exp_string("`librarian` is asked in stage `Write`").expect("a person is asked");
    session.exp_string("or type the right answer: ").expect("and told what may be said");
    session
}

#[test]
#[cfg_attr(not(unix), ignore = "the pseudo-terminals of this test are those of Unix")]
fn what_a_person_types_is_the_answer() {
    #[cfg(unix)]
    {
        let mut session = ask();
        session.send_line("It is the newton.").expect("types");
        let rest = session.exp_eof().expect("ends");
        assert!(rest.contains("It is the newton.") && rest.contains("by a person;"), "{rest}");
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the pseudo-terminals of this test are those of Unix")]
fn a_draft_is_sent_back_and_made_again() {
    #[cfg(unix)]
    {
        let mut session = ask();
        session.send_line("r look it up").expect("types");
        let rest = session.exp_eof().expect("ends");
        // The judge is confident of the second draft, so nobody is asked about it.
        assert!(rest.contains("newton") && rest.contains("`well-read` (simulated)"), "{rest}");
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "the pseudo-terminals of this test are those of Unix")]
fn where_input_ends_nobody_is_there() {
    #[cfg(unix)]
    {
        let mut session = ask();
        session.send_control('d').expect("types");
        let rest = session.exp_eof().expect("ends");
        // The reference desk is asked, as the ESCALATION says.
        assert!(rest.contains("`small` (simulated)"), "{rest}");
    }
}
