//! The conformance vectors of `tests/vectors/isa` on the interpreter: one trial for each.
//!
//! Any JSON file there is run. Comparison is strict: the class of an error exactly, whether the program halted always.
//! Each is run at once, in slices of its budget, and step by step, and the same has to come of it.

#![expect(clippy::disallowed_methods, reason = "a test harness reads files; the library does not")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use flux_vm::host::Alone;
use flux_vm::machine::Stop;
use flux_vm::verify::{Finding, Severity};
use flux_vm::{Machine, Opcode, Program, Verified};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value};

#[path = "../examples/vectors/generate.rs"]
mod generate;

/// The budget of a vector, in cycles.
const BUDGET: u64 = 100_000;

/// How far a double may be from what is expected, relative to that.
const TOLERANCE: f64 = 1e-6;

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
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/isa")
}

fn collect() -> Result<Vec<Trial>, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root()).map_err(|error| format!("{}: {error}", root().display()))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    let mut trials = vec![
        Trial::test("generated", || generated().map_err(Failed::from)),
        Trial::test("cover", || cover().map_err(Failed::from)),
    ];
    for path in files {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let vectors: Vec<Value> =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for vector in vectors {
            let name = vector["name"].as_str().unwrap_or("?").to_owned();
            let vector = Arc::new(vector);
            trials.push(Trial::test(format!("{file}/{name}"), move || check(&vector).map_err(Failed::from)));
        }
    }
    Ok(trials)
}

/// The file is what the generator writes.
fn generated() -> Result<(), String> {
    let written = fs::read_to_string(root().join("vectors.json")).map_err(|error| error.to_string())?;
    if written == generate::file() {
        return Ok(());
    }
    Err("`cargo run -p flux-vm --example vectors > tests/vectors/isa/vectors.json` writes something else"
        .to_owned())
}

/// Every opcode has vectors, names are all different, and the generator's own table is that of the crate.
fn cover() -> Result<(), String> {
    let vectors = generate::all();
    let covered: BTreeSet<u8> = vectors.iter().map(|vector| vector.op.0).collect();
    let names: BTreeSet<&str> = vectors.iter().map(|vector| vector.name.as_str()).collect();
    if names.len() != vectors.len() {
        let doubled =
            names.iter().filter(|name| vectors.iter().filter(|vector| vector.name == **name).count() > 1);
        return Err(format!("several vectors have one name: {:?}", doubled.collect::<Vec<_>>()));
    }
    let missing: Vec<_> = Opcode::ALL.iter().filter(|opcode| !covered.contains(&opcode.byte())).collect();
    if !missing.is_empty() {
        return Err(format!("no vector is about {missing:?}"));
    }
    let table: Vec<_> = Opcode::ALL
        .iter()
        .map(|opcode| (opcode.byte(), opcode.spec().mnemonic, opcode.spec().category.name()))
        .collect();
    if table == generate::ops::OPS {
        Ok(())
    } else {
        Err("the generator knows other opcodes than the crate".to_owned())
    }
}

/// Runs a vector and compares.
fn check(vector: &Value) -> Result<(), String> {
    let bytes = vector["bytecode"].as_array().ok_or("there is no `bytecode`")?;
    let code: Option<Vec<u8>> =
        bytes.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect();
    let code = code.ok_or("`bytecode` holds something that is no byte")?;
    let halted = vector["expected_halted"].as_bool().ok_or("there is no `expected_halted`")?;
    let expected_error = vector["expected_error"].as_str();
    let verified = match Verified::new(Program::raw(code)) {
        Ok(verified) => verified,
        Err(error) => {
            let refusal = error.findings.iter().find(|finding| finding.severity() == Severity::Refusal);
            let class = refusal.map(Finding::class);
            return compare("error", class, expected_error).and(compare("halted", false, halted));
        }
    };
    let new = || {
        let mut machine = Machine::new(&verified);
        for (number, value) in registers(vector, "initial_gp", "R") {
            machine.set_r(number?, value.as_i64().ok_or("an initial number is no i64")?);
        }
        for (number, value) in registers(vector, "initial_fp", "F") {
            machine.set_f(number?, value.as_f64().ok_or("an initial number is no double")?);
        }
        Ok::<_, String>(machine)
    };
    let mut machine = new()?;
    let stop = machine.run(BUDGET, &mut Alone);
    same("in slices", &in_slices(new()?), &machine)?;
    same("step by step", &step_by_step(new()?), &machine)?;
    let class = match &stop {
        Stop::Failed(error) => Some(error.class()),
        _ => None,
    };
    compare("error", class, expected_error)?;
    compare("halted", stop == Stop::Halted, halted)?;
    for (number, value) in registers(vector, "expected_gp", "R") {
        let number = number?;
        compare(&format!("R{number}"), Some(machine.r(number)), value.as_i64())?;
    }
    for (number, value) in registers(vector, "expected_fp", "F") {
        let number = number?;
        let (found, expected) = (machine.f(number), value.as_f64().ok_or("an expected number is no double")?);
        let tolerance = if value.is_f64() { TOLERANCE * expected.abs() } else { 0.0 };
        if (found - expected).abs() > tolerance || found.is_nan() {
            return Err(format!("F{number}: expected {expected}, found {found}"));
        }
    }
    let flags = machine.flags();
    for (name, value) in vector["expected_flags"].as_object().unwrap_or(&Map::new()) {
        let found = match name.as_str() {
            "flag_zero" => flags.z,
            "flag_sign" => flags.s,
            "flag_carry" => flags.c,
            "flag_overflow" => flags.v,
            _ => return Err(format!("there is no flag `{name}`")),
        };
        compare(name, Some(found), value.as_bool())?;
    }
    Ok(())
}

/// Runs a machine with its budget in small parts.
fn in_slices(mut machine: Machine<'_>) -> Machine<'_> {
    let mut left = BUDGET;
    for slice in [1, 2, 3, 5, 8, 13].into_iter().cycle() {
        if left == 0 || machine.run(slice.min(left), &mut Alone) != Stop::OutOfCycles {
            break;
        }
        left -= slice.min(left);
    }
    machine
}

/// Runs a machine one instruction at a time.
fn step_by_step(mut machine: Machine<'_>) -> Machine<'_> {
    while machine.cycles() < BUDGET && machine.step(&mut Alone).is_none() {}
    machine
}

/// The entries of a map of registers, with their numbers.
fn registers<'a>(
    vector: &'a Value,
    map: &str,
    bank: &'a str,
) -> impl Iterator<Item = (Result<u8, String>, &'a Value)> {
    vector[map].as_object().into_iter().flatten().map(move |(name, value)| {
        let number = name.strip_prefix(bank).and_then(|number| number.parse().ok());
        (number.ok_or_else(|| format!("there is no register `{name}`")), value)
    })
}

/// However a program is run, the same comes of it.
fn same(how: &str, other: &Machine<'_>, machine: &Machine<'_>) -> Result<(), String> {
    compare(how, (&other.observe(), other.pc()), (&machine.observe(), machine.pc()))
}

fn compare<T: PartialEq + std::fmt::Debug + Copy>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}
