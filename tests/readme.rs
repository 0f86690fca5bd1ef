//! The README's commands print what it says. Alone in its process, because it works in a folder of its own.

use std::fs;

use flux_tests::{cli, directives, root};

/// What stands before the arguments in a command that this suite runs.
const PREFIXES: [&str; 2] = ["flux ", "cargo run --release -p flux -- "];

/// The commands of the `console` fences, each with the output below it.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            inside = language == "console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            commands.push((command.to_owned(), String::new()));
        } else if let Some((_, output)) = commands.last_mut().filter(|_| inside) {
            output.push_str(line);
            output.push('\n');
        }
    }
    commands
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).expect("makes a folder");
    for entry in fs::read_dir(from).expect("reads a folder") {
        let entry = entry.expect("reads a folder");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copies a file");
        }
    }
}

#[test]
fn the_readme_prints_what_it_says() {
    let text = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("genomes"), &folder.path().join("genomes"));
    std::env::set_current_dir(folder.path()).expect("changes into it");
    let mut n_run = 0;
    for (command, expected) in commands(&text) {
        let Some(arguments) = PREFIXES.iter().find_map(|prefix| command.strip_prefix(prefix)) else {
            continue;
        };
        let printed = cli::flux(&directives::words(arguments), b"");
        n_run += 1;
        assert_eq!(printed.status.code(), 0, "`{command}`: {}", printed.stderr);
        if !expected.is_empty() {
            assert_eq!(format!("{}{}", printed.stdout, printed.stderr), expected, "`{command}`");
        }
    }
    assert!(n_run >= 4, "the README shows fewer commands than it did");
}
