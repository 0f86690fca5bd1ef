//! Servers' answers, recorded and made up, and what the broker makes of them: one test a file in `cases/`.
//!
//! `README.md` beside this file says how a case is written.

mod cancel;
mod case;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::case::Case;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let trials: Vec<Trial> = match cases(&folder) {
        Ok(paths) => paths.into_iter().map(|path| trial(&folder, path)).collect(),
        Err(error) => vec![Trial::test("cases", move || Err(Failed::from(error.to_string())))],
    };
    let cancel = Trial::test("dropping-a-call-closes-its-connection", || {
        block_on(cancel::dropping_a_call_closes_its_connection()).map_err(|error| error.to_string().into())
    });
    let trials = std::iter::once(cancel).chain(trials).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn cases(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder.join("cases"))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn trial(folder: &Path, path: PathBuf) -> Trial {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let exchanges = folder.join("exchanges");
    Trial::test(name, move || {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let case = Case::parse(&text, &exchanges)?;
        block_on(case.run())?;
        Ok(())
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the machine has a thread and a timer").block_on(future)
}
