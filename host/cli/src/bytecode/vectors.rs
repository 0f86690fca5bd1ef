//! Conformance vectors: files of small programs with what has to come of them.
//!
//! A file is a JSON array of vectors, or an object that has it under `vectors`, `tests` or `test_vectors`. Comparison is
//! strict: an error has exactly the class that is expected, and whether the program halted always counts.

use std::collections::BTreeMap;

use flux_lang::aot::Start;
use flux_vm::host::Alone;
use flux_vm::isa::{N_F, N_R};
use flux_vm::machine::{Observation, Stop};
use flux_vm::verify::Severity;
use flux_vm::{Machine, Program, Verified};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::expression;

mod compiled;

pub(crate) use compiled::Compiler;

/// The budget of a vector, in cycles.
pub(crate) const BUDGET: u64 = 100_000;
/// How far a double may be from one that is expected, relative to that.
const TOLERANCE: f64 = 1e-6;
/// Flags by the names that vectors have for them, with their bits.
const FLAGS: [(&str, u8); 4] = [("flag_zero", 1), ("flag_sign", 2), ("flag_carry", 4), ("flag_overflow", 8)];

/// A vector, as it stands in a file.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct VectorV1 {
    /// Its name.
    pub(crate) name: String,
    /// What it belongs to.
    #[serde(default)]
    pub(crate) category: String,
    /// Raw code.
    pub(crate) bytecode: Vec<u8>,
    #[serde(default)]
    initial_gp: BTreeMap<String, Number>,
    #[serde(default)]
    initial_fp: BTreeMap<String, f64>,
    /// By default, whether no error is expected.
    expected_halted: Option<bool>,
    #[serde(default)]
    expected_gp: BTreeMap<String, Number>,
    #[serde(default)]
    expected_fp: BTreeMap<String, Number>,
    #[serde(default)]
    expected_flags: BTreeMap<String, bool>,
    expected_error: Option<String>,
    /// Anything else is for people, unless it sets or expects something.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FileV1 {
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Engine {
    /// The machine of `flux_vm`.
    Interpreter,
    /// A genome in the sandbox.
    Compiled,
}

impl Engine {
    /// Its name in records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::Compiled => "compiled",
        }
    }
}

/// Something that is not as it was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MismatchV1 {
    /// A register, a flag, `error`, `halted` or `state`.
    pub(crate) what: String,
    /// What should be.
    pub(crate) expected: String,
    /// What is.
    pub(crate) found: String,
}

/// What came of a vector on an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is as it should be.
    Passed,
    /// Something is not.
    Failed(Vec<MismatchV1>),
    /// The engine cannot be asked, and why.
    Skipped(String),
}

/// What an engine did with a vector.
#[derive(Clone, Debug)]
struct Run {
    /// The class of the error, if there was one.
    class: Option<String>,
    halted: bool,
    /// All that can be observed; none where the program was refused, or stopped without an end that an engine shows.
    state: Option<Observation>,
}

/// Reads the vectors of a file.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(text: &str) -> Result<Vec<VectorV1>, String> {
    let file: FileV1 =
        serde_json::from_str(text).map_err(|error| format!("the file holds no vectors: {error}"))?;
    let list = match file {
        FileV1::List(list) => list,
        FileV1::Object(mut object) => {
            let found = ["vectors", "tests", "test_vectors"].iter().find_map(|key| object.remove(*key));
            let Some(Value::Array(list)) = found else {
                return Err(
                    "expected an array, or an object with one as `vectors`, `tests` or `test_vectors`"
                        .to_owned(),
                );
            };
            list
        }
    };
    list.into_iter()
        .enumerate()
        .map(|(at, value)| vector(value).map_err(|error| format!("vector {}: {error}", at + 1)))
        .collect()
}

fn vector(value: Value) -> Result<VectorV1, String> {
    let vector: VectorV1 = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let matters = |key: &&String| key.starts_with("initial_") || key.starts_with("expected_");
    if let Some(key) = vector.rest.keys().find(matters) {
        return Err(format!("nothing is known of `{key}`"));
    }
    let registers = vector.initial_gp.keys().chain(vector.expected_gp.keys()).map(|name| (name, 'R', N_R));
    let floats = vector.initial_fp.keys().chain(vector.expected_fp.keys()).map(|name| (name, 'F', N_F));
    for (name, letter, n) in registers.chain(floats) {
        if expression::numbered(name, letter, n).is_none() {
            return Err(format!("there is no register `{name}` in the bank {letter}"));
        }
    }
    if let Some(name) = vector.expected_flags.keys().find(|name| FLAGS.iter().all(|(known, _)| known != name))
    {
        return Err(format!("there is no flag `{name}`"));
    }
    if let Some((name, number)) = vector.initial_gp.iter().find(|(_, number)| number.as_i64().is_none()) {
        return Err(format!("`{name}` is {number}, which does not fit 64 bits with sign"));
    }
    Ok(vector)
}

impl VectorV1 {
    /// What registers hold before the run.
    fn start(&self) -> Start {
        let r = self
            .initial_gp
            .iter()
            .filter_map(|(name, number)| expression::numbered(name, 'R', N_R).zip(number.as_i64()));
        let f = self
            .initial_fp
            .iter()
            .filter_map(|(name, value)| Some((expression::numbered(name, 'F', N_F)?, *value)));
        Start { r: r.collect(), f: f.collect() }
    }

    /// Runs the vector in the interpreter.
    fn interpret(&self) -> Run {
        let verified = match Verified::new(Program::raw(self.bytecode.clone())) {
            Ok(verified) => verified,
            Err(error) => {
                let refusal = error.findings.iter().find(|finding| finding.severity() == Severity::Refusal);
                let class = refusal.map(|finding| finding.class().to_owned());
                return Run { class, halted: false, state: None };
            }
        };
        let mut machine = Machine::new(&verified);
        let start = self.start();
        for (register, value) in start.r {
            machine.set_r(register, value);
        }
        for (register, value) in start.f {
            machine.set_f(register, value);
        }
        let stop = machine.run(BUDGET, &mut Alone);
        let class = match &stop {
            Stop::Failed(error) => Some(error.class().to_owned()),
            Stop::Halted | Stop::OutOfCycles | Stop::Waiting | Stop::Yielded => None,
        };
        Run { class, halted: stop == Stop::Halted, state: Some(machine.observe()) }
    }

    /// Runs the vector on an engine and compares.
    pub(crate) fn check(&self, engine: Engine, compiler: &Compiler) -> Outcome {
        let run = match engine {
            Engine::Interpreter => Ok(self.interpret()),
            Engine::Compiled => compiler.run(self),
        };
        let run = match run {
            Ok(run) => run,
            Err(reason) => return Outcome::Skipped(reason),
        };
        let mut mismatches = self.compare(&run);
        if engine == Engine::Compiled {
            mismatches.extend(self.differences(&run));
        }
        if mismatches.is_empty() { Outcome::Passed } else { Outcome::Failed(mismatches) }
    }

    fn compare(&self, run: &Run) -> Vec<MismatchV1> {
        let mut mismatches = Vec::new();
        let mut expect = |what: &str, expected: String, found: String| {
            if expected != found {
                mismatches.push(MismatchV1 { what: what.to_owned(), expected, found });
            }
        };
        let class = |class: &Option<String>| class.clone().unwrap_or_else(|| "none".to_owned());
        expect("error", class(&self.expected_error), class(&run.class));
        let halted = self.expected_halted.unwrap_or(self.expected_error.is_none());
        expect("halted", halted.to_string(), run.halted.to_string());
        let Some(state) = &run.state else { return mismatches };
        for (name, expected) in &self.expected_gp {
            let found = expression::numbered(name, 'R', N_R).map_or(0, |number| state.r[usize::from(number)]);
            expect(name, expected.to_string(), found.to_string());
        }
        for (name, expected) in &self.expected_fp {
            let bits = expression::numbered(name, 'F', N_F).map_or(0, |number| state.f[usize::from(number)]);
            let found = f64::from_bits(bits);
            let expected_text = expected.to_string();
            let found_text = if is_near(expected, found) { expected_text.clone() } else { found.to_string() };
            expect(name, expected_text, found_text);
        }
        for (name, expected) in &self.expected_flags {
            let bit = FLAGS.iter().find(|(known, _)| known == name).map_or(0, |(_, bit)| *bit);
            expect(name, expected.to_string(), (state.flags & bit != 0).to_string());
        }
        mismatches
    }

    /// Whatever the compiled program shows that the interpreter does not: all registers, flags, memory, cycles.
    fn differences(&self, run: &Run) -> Option<MismatchV1> {
        let interpreted = self.interpret();
        let (expected, found) = interpreted.state.zip(run.state.clone())?;
        (expected.ending != 2 && expected != found).then(|| MismatchV1 {
            what: "state".to_owned(),
            expected: format!("as interpreted, {expected:?}"),
            found: format!("{found:?}"),
        })
    }
}

/// Whether a double is what is expected: a whole number exactly, another one nearly.
fn is_near(expected: &Number, found: f64) -> bool {
    let number = expected.as_f64().unwrap_or(f64::NAN);
    let tolerance = if expected.is_f64() { TOLERANCE * number.abs() } else { 0.0 };
    (found - number).abs() <= tolerance
}

#[cfg(test)]
mod tests;
