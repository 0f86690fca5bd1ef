//! A run that is killed at any moment, and taken up again, ends as one that was never stopped.
//!
//! `FLUX_KILLS` sets how many kills there are; the default is 12. Their moments are spread over what is left of the run,
//! measured by a run that nobody kills, so that nearly all of them hit.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A run of one to three seconds, unoptimised.
const POLICY: &str = "strategy = 'islands'\nislands = 2\npopulation = 12\nchildren = 24\n[stop]\ngenerations = 30\npatience = 0\n";

struct Run<'a> {
    folder: &'a Path,
    bank: String,
}

impl Run<'_> {
    fn flux(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flux"));
        command.current_dir(self.folder).args(args).args(["--bank", &self.bank, "--json", "--fresh", "1"]);
        command
    }

    fn begin(&self) -> Command {
        let genomes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../genomes/popcount");
        let (arena, founder) =
            (genomes.display().to_string(), genomes.join("poor.wat").display().to_string());
        self.flux(&["evolve", &arena, &founder, "--policy", "policy.toml", "--name", "run", "--jobs", "2"])
    }

    fn resume(&self) -> Command {
        self.flux(&["evolve", "--resume", "run"])
    }
}

/// The hash over everything that a run did.
fn root(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find(|line| line.contains("\"root\""))
        .unwrap_or_else(|| panic!("no root in {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    line.to_owned()
}

/// Lets a command run to its end: its root, and how long it took.
fn timed(mut command: Command) -> (String, Duration) {
    let begun = Instant::now();
    let output = command.output().expect("runs");
    (root(&output), begun.elapsed())
}

/// Lets a command run for `time`, then kills it. How long it took where it ended by itself before.
fn kill_after(mut command: Command, time: Duration) -> Option<Duration> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
    let begun = Instant::now();
    loop {
        if child.try_wait().expect("can be asked").is_some() {
            return Some(begun.elapsed());
        }
        if begun.elapsed() >= time {
            // SIGKILL: nothing is written any more, nothing is cleaned up.
            child.kill().expect("can be killed");
            child.wait().expect("ends");
            return None;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn a_run_that_is_killed_ends_as_one_that_never_was() {
    let n_kills: u32 = std::env::var("FLUX_KILLS").map_or(12, |n| n.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("policy.toml"), POLICY).expect("writes");
    let unkilled = Run { folder: folder.path(), bank: "whole.bank".to_owned() };
    let (expected, mut whole) = timed(unkilled.begin());

    let mut state = 1_u64;
    let (mut killed, mut round) = (0, 0);
    while killed < n_kills {
        round += 1;
        let run = Run { folder: folder.path(), bank: format!("killed-{round}.bank") };
        let mut begun = false;
        // What is left of the run, as far as is known: a kill may lose what was not in the bank yet.
        let mut left = whole;
        while killed < n_kills && left * 20 > whole {
            // Knuth's constants: moments that look random and are the same every time.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let time = left.mul_f64((state >> 40) as f64 / (1 << 24) as f64);
            let ended = kill_after(if begun { run.resume() } else { run.begin() }, time);
            // Killed before the run was in the bank, there is nothing to resume.
            begun = run.is_in_the_bank();
            if let Some(took) = ended {
                // Shorter than was thought, as when the machine was busy at first.
                whole = whole.min((whole - left) + took);
                break;
            }
            killed += 1;
            left -= time;
        }
        let (root, took) = timed(if begun { run.resume() } else { run.begin() });
        if !begun {
            whole = whole.min(took);
        }
        assert_eq!(root, expected, "round {round}, after {killed} kills");
        let check = Command::new(env!("CARGO_BIN_EXE_flux"))
            .current_dir(folder.path())
            .args(["bank", "check", "--bank", &run.bank])
            .output()
            .expect("runs");
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    }
}

impl Run<'_> {
    /// Whether the bank knows of the run; one that was killed early has a bank without it.
    fn is_in_the_bank(&self) -> bool {
        let output = Command::new(env!("CARGO_BIN_EXE_flux"))
            .current_dir(self.folder)
            .args(["bank", "list", "--bank", &self.bank, "--json"])
            .output()
            .expect("runs");
        String::from_utf8_lossy(&output.stdout).contains("\"name\": \"run\"")
    }
}
