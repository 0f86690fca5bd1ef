//! The conformance vectors of `tests/vectors/isa`, compiled. `host/vm/tests/vectors.rs` runs them interpreted, and
//! compares what is compared here by way of the interpreter: flags and doubles.
//!
//! Left out is what a compiled program cannot be given: doubles, and another stack pointer. Neither is code that
//! verification refuses, or that never ends.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use flux_vm::isa::{N_R, SP};
use flux_vm::{Program, Verified};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::case::{self, Case, Item};
use crate::compiled;

/// How many of them can be compiled at least.
const MIN_VECTORS: usize = 700;

/// Returns a trial for each vector that can be compiled.
pub fn trials() -> Result<Vec<Trial>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/isa/vectors.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let vectors: Vec<Value> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut trials = Vec::new();
    for vector in &vectors {
        let (program, case) = read(vector).ok_or_else(|| format!("{} is not formed well", vector["name"]))?;
        let ends = vector["expected_halted"] == true || vector["expected_error"].is_string();
        let Ok(verified) = Verified::new(program) else { continue };
        let moves_the_stack = case.given.iter().any(|item| matches!(item, Item::R(SP, _)));
        if moves_the_stack || !ends || !compiled::can_run(&verified, &case) {
            continue;
        }
        let verified = Arc::new(verified);
        trials.push(Trial::test(format!("vectors/{}/compiled", case.name), move || {
            let observed = compiled::run_compiled(&verified, &case)?;
            case::compare(&case, &observed).map_err(Failed::from)
        }));
    }
    if trials.len() < MIN_VECTORS {
        return Err(format!("{} of {} vectors can be compiled", trials.len(), vectors.len()));
    }
    Ok(trials)
}

/// Reads a vector as a program all of whose registers are inputs, more than a container can say, and a case.
fn read(vector: &Value) -> Option<(Program, Case)> {
    let bytes = vector["bytecode"].as_array()?.iter();
    let code: Option<Vec<u8>> =
        bytes.map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect();
    let mut case = Case { name: vector["name"].as_str()?.to_owned(), ..Case::default() };
    for map in ["initial_gp", "initial_fp", "expected_gp", "expected_fp"] {
        let items = if map.starts_with("initial") { &mut case.given } else { &mut case.expected };
        for (register, value) in vector[map].as_object().into_iter().flatten() {
            let (bank, number) = register.split_at_checked(1)?;
            let number = number.parse().ok()?;
            items.push(match bank {
                "R" => Item::R(number, value.as_i64()?),
                "F" => Item::F(number, value.as_f64()?),
                _ => return None,
            });
        }
    }
    if let Some(class) = vector["expected_error"].as_str() {
        case.expected.push(Item::Error(class.to_owned()));
    }
    Some((Program { inputs: N_R as u8, ..Program::raw(code?) }, case))
}
