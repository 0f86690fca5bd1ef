//! The real binary, where a process matters: exit status, a closed pipe, streams that are no terminal.

use std::io::Read;
use std::process::{Command, Output, Stdio};

fn flux(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flux")).args(args).output().expect("runs")
}

#[test]
fn the_exit_status_says_how_it_went() {
    assert_eq!(flux(&["version"]).status.code(), Some(0));
    assert_eq!(flux(&["run", "no-such-file.wat"]).status.code(), Some(2));
    assert_eq!(flux(&["no-such-command"]).status.code(), Some(2));
}

#[test]
fn data_goes_to_standard_output_and_reports_to_standard_error() {
    let good = flux(&["info"]);
    assert!(!good.stdout.is_empty() && good.stderr.is_empty());
    let bad = flux(&["run", "no-such-file.wat"]);
    assert!(bad.stdout.is_empty() && !bad.stderr.is_empty());
    assert!(!bad.stderr.contains(&0x1b), "no colour where there is no terminal");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flux"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut errors).expect("reads");
    assert_eq!(errors, "");
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}
