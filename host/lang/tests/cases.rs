//! The cases of `tests/lang`: a file is a case. `tests/README.md` says how to add one.
//!
//! In `tests/lang/assembly` a file in `ok` has to assemble; beside it stand its code, its symbols and its listing. With a directive
//! `RESULT: R0=42 R1=7` in its first comments the program is also run, and has to halt with these registers; with
//! `CYCLES: 2` in so many cycles. A file in `err` has to be refused, by the assembler or by the
//! verifier; beside it stands what is said of it.
//!
//! In `tests/lang/ecosystem` a file in `ok` has to make sense; beside it stand what it is warned about, its text laid
//! out anew, and its tree printed. A file in `err` has to be refused; beside it stands why.
//!
//! `BLESS=1` in the environment writes what was found.

#![expect(clippy::disallowed_methods, reason = "a test harness reads and writes files; the library does not")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flux_lang::assembly::{self, Assembly, Diagnostic, Included, Limits, NoIncludes, output};
use flux_lang::ecosystem;
use flux_vm::host::Alone;
use flux_vm::machine::{DEFAULT_BUDGET, Stop};
use flux_vm::{Machine, Verified};
use libtest_mimic::{Arguments, Failed, Trial};

/// How many bytes of code stand on a line.
const BYTES_PER_LINE: usize = 16;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match collect() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "a test harness speaks on standard error")]
fn fail(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::FAILURE
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lang")
}

/// Checks the case with this name below `tests/lang`.
type Check = fn(&str) -> Result<(), String>;

/// The folders of the cases, how their names end, and what checks them.
const FOLDERS: [(&str, &str, Check); 4] = [
    ("assembly/ok", ".flx", check_ok),
    ("assembly/err", ".flx", check_err),
    ("ecosystem/ok", ".flux", check_ecosystem),
    ("ecosystem/err", ".flux", check_refused),
];

fn collect() -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    for (folder, ending, check) in FOLDERS {
        let path = root().join(folder);
        let entries = fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned();
            if name.ends_with(ending) {
                names.push(format!("{folder}/{name}"));
            }
        }
        if names.is_empty() {
            return Err(format!("no case was found in {}", path.display()));
        }
        names.sort();
        trials.extend(names.into_iter().map(|name| {
            let title = format!("tests/lang/{name}");
            Trial::test(title, move || check(&name).map_err(Failed::from))
        }));
    }
    Ok(trials)
}

/// The folder of a language, and the name of a case in it as diagnostics show it.
fn split(name: &str) -> Result<(&str, &str), String> {
    name.split_once('/').ok_or_else(|| format!("`{name}` is in no folder"))
}

/// Finds included files by their names below the folder of a language; `from` is the including file's.
fn includes(language: &str) -> impl Fn(&str, &str) -> Result<Included, String> {
    let folder = root().join(language);
    move |name, from| {
        let mut parts: Vec<&str> = from.split('/').collect();
        parts.pop();
        for part in name.split('/') {
            if part == ".." {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        let name = parts.join("/");
        match fs::read_to_string(folder.join(&name)) {
            Ok(text) => Ok(Included { name, text }),
            Err(_) => Err("no such file".to_owned()),
        }
    }
}

fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(root().join(name)).map_err(|error| error.to_string())
}

fn assemble(name: &str) -> Result<(String, Assembly), String> {
    let text = read(name)?;
    let (language, title) = split(name)?;
    let assembly = assembly::assemble(title, &text, &includes(language), &Limits::DEFAULT);
    Ok((text, assembly))
}

fn check_ok(name: &str) -> Result<(), String> {
    let (text, assembly) = assemble(name)?;
    let Some(program) = &assembly.program else { return Err(assembly.render()) };
    let listing = assembly::print(program);
    let again = assembly::assemble("listing", &listing, &NoIncludes, &Limits::DEFAULT);
    if again.program.as_ref() != Some(program) {
        return Err(format!("the listing assembles to something else\n{listing}{}", again.render()));
    }
    let (verified, findings) = assembly::verify(&assembly);
    let mut found = assembly.render() + &rendered(&assembly, &findings);
    let Some(verified) = verified else { return Err(found) };
    // INVARIANT: writing to a string does not fail.
    let _ = writeln!(found, "{} bytes", program.code.len());
    for (idx, bytes) in program.code.chunks(BYTES_PER_LINE).enumerate() {
        let _ = writeln!(found, "  {:04x}: {}", idx * BYTES_PER_LINE, output::hex(bytes));
    }
    for (name, symbol) in &assembly.symbols {
        let _ = writeln!(found, "{} {name} = {}", symbol.kind.name(), symbol.value);
    }
    found += "\n";
    found += &listing;
    compare(name, "stdout", &found)?;
    run(&verified, &text)
}

/// The first value of a directive in the comments that a text begins with.
fn directive<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let comments = text.lines().map_while(|line| line.strip_prefix(";;"));
    comments.filter_map(|comment| comment.trim().strip_prefix(name)?.strip_prefix(':')).map(str::trim).next()
}

/// Runs the program if the text says what is to come of it.
fn run(verified: &Verified, text: &str) -> Result<(), String> {
    let Some(expected) = directive(text, "RESULT") else { return Ok(()) };
    let mut machine = Machine::new(verified);
    let stop = machine.run(DEFAULT_BUDGET, &mut Alone);
    if stop != Stop::Halted {
        return Err(format!("expected it to halt, found {stop:?}"));
    }
    for part in expected.split_whitespace() {
        let (register, value) = part.split_once('=').ok_or("expected `RESULT: R0=1 R1=2 ...`")?;
        let number = register.strip_prefix('R').and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| format!("`{register}` is no R register"))?;
        let value: i64 = value.parse().map_err(|error| format!("`{value}`: {error}"))?;
        if machine.r(number) != value {
            return Err(format!("expected {register} = {value}, found {}", machine.r(number)));
        }
    }
    match directive(text, "CYCLES").map(str::parse::<u64>) {
        Some(Err(error)) => Err(format!("`CYCLES`: {error}")),
        Some(Ok(cycles)) if cycles != machine.cycles() => {
            Err(format!("expected {cycles} cycles, found {}", machine.cycles()))
        }
        _ => Ok(()),
    }
}

fn check_err(name: &str) -> Result<(), String> {
    let (_, assembly) = assemble(name)?;
    let (verified, findings) = assembly::verify(&assembly);
    if verified.is_some() {
        return Err("expected mistakes, found a program".to_owned());
    }
    compare(name, "stderr", &(assembly.render() + &rendered(&assembly, &findings)))
}

fn rendered(assembly: &Assembly, findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| assembly::render(&assembly.sources, finding)).collect()
}

fn check_ecosystem(name: &str) -> Result<(), String> {
    let (language, title) = split(name)?;
    let text = read(name)?;
    let limits = ecosystem::Limits::DEFAULT;
    let parse = |text: &str| ecosystem::parse(title, text, &includes(language), &limits);
    let format = |text: &str| ecosystem::format(title, text, &limits).map_err(|refused| refused.render());
    let parsed = parse(&text);
    let Some(tree) = &parsed.ecosystem else { return Err(parsed.render()) };
    let mut found = parsed.render();
    for (what, text) in [("formatted", format(&text)?), ("printed", ecosystem::print(tree))] {
        let again = parse(&text);
        if again.ecosystem.as_ref() != Some(tree) {
            return Err(format!("the {what} text means something else\n{text}{}", again.render()));
        }
        if format(&text)? != text {
            return Err(format!("formatting changes the {what} text\n{text}"));
        }
        // INVARIANT: writing to a string does not fail.
        let _ = write!(found, "---- {what}\n{text}");
    }
    for (file, used) in &parsed.used {
        let _ = write!(found, "---- {file}\n{}", ecosystem::print(&used.ecosystem));
    }
    compare(name, "stdout", &found)
}

fn check_refused(name: &str) -> Result<(), String> {
    let (language, title) = split(name)?;
    let parsed = ecosystem::parse(title, &read(name)?, &includes(language), &ecosystem::Limits::DEFAULT);
    if parsed.ecosystem.is_some() {
        return Err("expected mistakes, found an ecosystem".to_owned());
    }
    compare(name, "stderr", &parsed.render())
}

/// Compares with the file beside the case, or blesses it.
fn compare(name: &str, stream: &str, found: &str) -> Result<(), String> {
    let path = root().join(name).with_extension(stream);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        return fs::write(&path, found).map_err(|error| error.to_string());
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "it differs from `{stream}` (`cargo dev bless` writes it)\n--- expected\n{expected}--- found\n{found}"
    ))
}
