//! `cargo dev tidy`: what a compiler does not see.
//!
//! Every check adds findings to one list; a finding says where, what, and what to do, in one line.

mod edges;
mod expectations;
pub mod files;
mod source;

use std::fmt;
use std::fs;

use crate::failure::{Ending, Failure};
use crate::workspace::Workspace;
use crate::{bindings, contract, portable};

/// Something that should not be as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the root.
    pub file: String,
    /// The line (1-based); nothing when the file as a whole is meant.
    pub line: Option<usize>,
    /// What is found there.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { file, line, what, remedy } = self;
        write!(f, "{file}:{}: {what}: {remedy}", line.unwrap_or(1))
    }
}

impl Finding {
    fn at(file: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Finding { file: file.to_owned(), line: Some(line), what: what.into(), remedy: remedy.into() }
    }

    fn of(file: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Finding { file: file.to_owned(), line: None, what: what.into(), remedy: remedy.into() }
    }
}

/// Runs every check over the files that belong to the repository.
pub fn run(workspace: &Workspace) -> Result<Ending, Failure> {
    let paths = files::list(&workspace.root)?;
    let mut findings = edges::check(&workspace.members);
    findings.extend(expectations::check(&paths));
    findings.extend(fences(workspace));
    findings.extend(generated(workspace)?);
    for path in &paths {
        if let Some(text) = files::read(&workspace.root, path)? {
            findings.extend(source::check(path, &text));
        }
    }
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {} files, {} crates, nothing found", paths.len(), workspace.members.len());
        return Ok(Ending::Fine);
    }
    eprintln!("tidy: {} found", findings.len());
    Ok(Ending::Found)
}

/// Every portable crate keeps the same clippy fence against clock, files, environment, network and threads.
fn fences(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut model: Option<(String, String)> = None;
    for member in portable::CRATES.iter().filter_map(|name| workspace.member(name)) {
        let path = format!("{}clippy.toml", member.manifest.trim_end_matches("Cargo.toml"));
        let text = fs::read_to_string(workspace.root.join(&path)).unwrap_or_default();
        match &model {
            None if text.contains("disallowed-methods") => model = Some((path, text)),
            None => {
                let what = format!("`{}` is portable and has no fence", member.name);
                findings.push(Finding::of(&path, what, "list what it may not call as `disallowed-methods`"));
            }
            Some((model, expected)) if text != *expected => {
                let what = format!("the fence of `{}` differs from the one in {model}", member.name);
                findings.push(Finding::of(&path, what, format!("copy {model} over it")));
            }
            Some(_) => {}
        }
    }
    findings
}

/// The committed bindings were generated from the contract as it is now.
fn generated(workspace: &Workspace) -> Result<Vec<Finding>, Failure> {
    let expected = contract::checksum(&workspace.root)?;
    let mut findings = Vec::new();
    for (file, _) in bindings::FILES {
        let path = format!("{}/{file}", bindings::FOLDER);
        let text = fs::read_to_string(workspace.root.join(&path)).unwrap_or_default();
        let found = text.lines().next().and_then(|line| line.strip_prefix(contract::MARK));
        if found != Some(expected.as_str()) {
            let what = format!("expected bindings of contract {expected}, found {}", found.unwrap_or("none"));
            findings.push(Finding::of(&path, what, "run `cargo dev bindings`"));
        }
    }
    Ok(findings)
}
