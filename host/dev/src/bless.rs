//! `cargo dev bless`: what the tests produce becomes what they expect.

use crate::failure::{Ending, Failure, status};
use crate::tidy::files;
use crate::workspace::{Workspace, cargo};

/// Runs `cargo test` with the variables that make our suites and insta write their expectations.
///
/// Insta's inline snapshots live in source code, which a test does not rewrite: they are left as pending files,
/// and this says so.
pub fn run(workspace: &Workspace, test_args: &[String]) -> Result<Ending, Failure> {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["test", "--no-fail-fast"]);
    if test_args.is_empty() {
        command.arg("--workspace");
    } else {
        command.args(test_args);
    }
    command.env("BLESS", "1").env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1");
    let ending = Ending::from(status(&mut command)?);

    let pending = files::list(&workspace.root)?.into_iter().filter(|path| files::is_pending_snapshot(path));
    let pending: Vec<String> = pending.collect();
    for path in &pending {
        eprintln!(
            "{path}: an inline snapshot differs: run `cargo insta review`, or edit the expectation by hand"
        );
    }
    if pending.is_empty() { Ok(ending) } else { Ok(Ending::Found) }
}
