//! `flux test`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use flux_sandbox::Sandbox;
use serde::Serialize;

use crate::bytecode::vectors::{self, Compiler, Engine, MismatchV1, Outcome};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{genome_file, json, mistakes};

/// Arguments of `flux test`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A file is a JSON array of vectors, or an object that has one as `vectors`, `tests` or `test_vectors`. A vector has a\n\
        `name`, raw `bytecode`, and what is set and expected: `initial_gp`, `initial_fp`, `expected_halted`, `expected_gp`,\n\
        `expected_fp`, `expected_flags`, `expected_error`. On compiled code the whole state is also compared with the\n\
        interpreter's.\n\n\
        Examples:\n  flux test --vectors tests/vectors/isa/vectors.json\n  flux test --vectors mine.json --engine interpreter --json\n\n\
        Exit status: 0 all passed; 1 some failed; 2 a file cannot be read."
)]
pub(crate) struct Args {
    /// Files of vectors; `-` reads standard input.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    vectors: Vec<PathBuf>,
    /// What to run them on.
    #[arg(long, value_enum, default_value_t = EngineChoice::Both, value_name = "ENGINE")]
    engine: EngineChoice,
    /// Print one JSON object (schema flux.test/1).
    #[arg(long)]
    json: bool,
}

/// What to run vectors on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EngineChoice {
    /// The interpreter.
    Interpreter,
    /// Compiled code in the sandbox.
    Compiled,
    /// One after the other.
    Both,
}

impl EngineChoice {
    fn engines(self) -> &'static [Engine] {
        match self {
            Self::Interpreter => &[Engine::Interpreter],
            Self::Compiled => &[Engine::Compiled],
            Self::Both => &[Engine::Interpreter, Engine::Compiled],
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    n_passed: u64,
    n_failed: u64,
    n_skipped: u64,
}

#[derive(Serialize)]
struct TestV1 {
    files: Vec<String>,
    passed: u64,
    failed: u64,
    skipped: u64,
    categories: Vec<CategoryV1>,
    failures: Vec<FailureV1>,
    skips: Vec<SkipV1>,
}

#[derive(Serialize)]
struct CategoryV1 {
    category: String,
    engine: &'static str,
    passed: u64,
    failed: u64,
    skipped: u64,
}

#[derive(Serialize)]
struct FailureV1 {
    file: String,
    name: String,
    category: String,
    engine: &'static str,
    mismatches: Vec<MismatchV1>,
}

#[derive(Serialize)]
struct SkipV1 {
    name: String,
    engine: &'static str,
    reason: String,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
        let compiler = Compiler::new(sandbox);
        let mut tallies: BTreeMap<(String, Engine), Tally> = BTreeMap::new();
        let (mut failures, mut skips) = (Vec::new(), Vec::new());
        let mut files = Vec::new();
        for path in &self.vectors {
            let file = path.display().to_string();
            let bytes = genome_file::read_bytes(io, path)?;
            let read = vectors::read(&String::from_utf8_lossy(&bytes));
            let list = read
                .map_err(|error| mistakes::failed(format!("read the vectors of `{file}`"), &error, None))?;
            for vector in &list {
                for &engine in self.engine.engines() {
                    let tally = tallies.entry((vector.category.clone(), engine)).or_default();
                    match vector.check(engine, &compiler) {
                        Outcome::Passed => tally.n_passed += 1,
                        Outcome::Failed(mismatches) => {
                            tally.n_failed += 1;
                            failures.push(FailureV1 {
                                file: file.clone(),
                                name: vector.name.clone(),
                                category: vector.category.clone(),
                                engine: engine.name(),
                                mismatches,
                            });
                        }
                        Outcome::Skipped(reason) => {
                            tally.n_skipped += 1;
                            skips.push(SkipV1 { name: vector.name.clone(), engine: engine.name(), reason });
                        }
                    }
                }
            }
            files.push(file);
        }
        let status = if failures.is_empty() { ExitStatus::Yes } else { ExitStatus::No };
        if self.json {
            let sum = |part: fn(&Tally) -> u64| tallies.values().map(part).sum();
            let record = TestV1 {
                files,
                passed: sum(|tally| tally.n_passed),
                failed: sum(|tally| tally.n_failed),
                skipped: sum(|tally| tally.n_skipped),
                categories: tallies.into_iter().map(|(key, tally)| category(key, tally)).collect(),
                failures,
                skips,
            };
            json::print(io, "flux.test/1", &record)?;
        } else {
            print(io, &tallies, &failures, &skips)?;
        }
        Ok(status)
    }
}

fn category((category, engine): (String, Engine), tally: Tally) -> CategoryV1 {
    CategoryV1 {
        category,
        engine: engine.name(),
        passed: tally.n_passed,
        failed: tally.n_failed,
        skipped: tally.n_skipped,
    }
}

fn print(
    io: &mut Io,
    tallies: &BTreeMap<(String, Engine), Tally>,
    failures: &[FailureV1],
    skips: &[SkipV1],
) -> miette::Result<()> {
    for failure in failures {
        io.line(format!("{} failed, {}", failure.name, failure.engine))?;
        for MismatchV1 { what, expected, found } in &failure.mismatches {
            io.line(format!("  {what}: expected {expected}, found {found}"))?;
        }
    }
    let row = |name: &str, engine: &str, tally: &Tally| {
        let counts = [tally.n_passed, tally.n_failed, tally.n_skipped].map(table::count);
        let mut row = vec![name.to_owned(), engine.to_owned()];
        row.extend(counts);
        row
    };
    let mut totals: BTreeMap<Engine, Tally> = BTreeMap::new();
    let mut rows = Vec::new();
    for ((category, engine), tally) in tallies {
        let name = if category.is_empty() { "(none)" } else { category };
        rows.push(row(name, engine.name(), tally));
        let total = totals.entry(*engine).or_default();
        total.n_passed += tally.n_passed;
        total.n_failed += tally.n_failed;
        total.n_skipped += tally.n_skipped;
    }
    rows.extend(totals.iter().map(|(engine, tally)| row("all", engine.name(), tally)));
    let columns = [
        Column::Left("category"),
        Column::Left("engine"),
        Column::Right("passed"),
        Column::Right("failed"),
        Column::Right("skipped"),
    ];
    let text = table::render(io, &columns, &rows);
    io.print(text)?;
    let mut reasons: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for skip in skips {
        *reasons.entry((skip.engine, &skip.reason)).or_default() += 1;
    }
    for ((engine, reason), n) in reasons {
        io.note(format!("{} skipped, {engine}: {reason}", table::count(n)));
    }
    Ok(())
}
