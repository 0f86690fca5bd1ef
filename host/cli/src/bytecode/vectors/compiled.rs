//! Vectors on compiled code: each becomes a genome that shows its whole state, and runs in the sandbox.

use flux_genome::{Bounds, CapabilitySet};
use flux_lang::aot::{self, Observe, Options, Surroundings};
use flux_sandbox::{Ending, Input, Limits, Sandbox, Setting};
use flux_vm::error::ErrorClass;
use flux_vm::isa::{N_F, N_R, Opcode};
use flux_vm::machine::Observation;
use flux_vm::verify::Severity;
use flux_vm::{Program, Verified};

use super::{BUDGET, Run, VectorV1};

/// Cycles of a genome for one of bytecode, at most: what an endless program is given for each of its own.
const CYCLES_FOR_ONE: u64 = 64;
/// The longest body of a genome, in bytes: vectors may be longer than what is bred.
const BODY_BYTES: u64 = 1 << 20;
/// Cycles of a genome that makes regions, for clearing them and for looking at them in the end: they have 16 MiB at most.
const CYCLES_FOR_REGIONS: u64 = 32 * (16 << 20);
/// The memory of a genome, in bytes: large regions have places of their own, also where one is made after another.
const MEMORY_BYTES: usize = 64 << 20;

/// Compiles vectors and runs them.
pub(crate) struct Compiler {
    sandbox: Sandbox,
}

impl Compiler {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox }
    }

    /// Runs a vector.
    ///
    /// # Errors
    /// Why it cannot be asked of compiled code.
    pub(super) fn run(&self, vector: &VectorV1) -> Result<Run, String> {
        let verified = match Verified::new(Program::raw(vector.bytecode.clone())) {
            Ok(verified) => verified,
            Err(error) => {
                let refusal = error.findings.iter().find(|finding| finding.severity() == Severity::Refusal);
                let class = refusal.map(|finding| finding.class().to_owned());
                return Ok(Run { class, halted: false, state: None });
            }
        };
        let options =
            Options { observe: Observe::State, surroundings: Surroundings::Alone, ..Options::default() };
        let bounds = Bounds { body_bytes: BODY_BYTES, ..Bounds::DEFAULT };
        let compiled =
            aot::compile_from(&verified, &options, &vector.start()).map_err(|error| error.to_string())?;
        let genome = compiled.genome(&bounds).map_err(|error| error.to_string())?;
        let loaded =
            self.sandbox.load(&genome, CapabilitySet::EMPTY).map_err(|refusal| refusal.to_string())?;
        let extra = if makes_regions(&verified) { CYCLES_FOR_REGIONS } else { 0 };
        let limits =
            Limits { cycles: BUDGET * CYCLES_FOR_ONE + extra, memory_bytes: MEMORY_BYTES, ..Limits::DEFAULT };
        let setting = Setting { limits, ..Setting::default() };
        match self.sandbox.run(&loaded, &Input::Numbers(Vec::new()), &setting).ending {
            Ending::Numbers(words) => {
                let state =
                    observation(&words).ok_or_else(|| format!("it returned {} numbers", words.len()))?;
                let class = ErrorClass::from_number(state.class);
                Ok(Run {
                    class: class.map(|class| class.class().to_owned()),
                    halted: state.ending == 0,
                    state: Some(state),
                })
            }
            Ending::OutOfFuel => Ok(Run { class: None, halted: false, state: None }),
            // An ending that bytecode has no name for is an error of its own, which no vector expects.
            ending => Ok(Run { class: Some(ending.to_string()), halted: false, state: None }),
        }
    }
}

fn makes_regions(verified: &Verified) -> bool {
    let code = &verified.program().code;
    let opcode = |at: &u32| code.get(*at as usize).copied().and_then(Opcode::from_byte);
    verified.starts().iter().any(|at| opcode(at) == Some(Opcode::RegionCreate))
}

/// The state that a genome returned, from the numbers of [`Observation::to_words`].
fn observation(words: &[i64]) -> Option<Observation> {
    let mut words = words.iter().copied();
    let mut next = || words.next();
    let state = Observation {
        ending: u8::try_from(next()?).ok()?,
        class: u8::try_from(next()?).ok()?,
        pc: u32::try_from(next()?).ok()?,
        cycles: next()?.cast_unsigned(),
        r: take::<N_R>(&mut next)?,
        f: take::<N_F>(&mut next)?.map(i64::cast_unsigned),
        flags: u8::try_from(next()?).ok()?,
        vectors: next()?.cast_unsigned(),
        memory: next()?.cast_unsigned(),
    };
    next().is_none().then_some(state)
}

fn take<const N: usize>(next: &mut impl FnMut() -> Option<i64>) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = next()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use flux_vm::{Machine, Program, Verified};

    use super::{ErrorClass, observation};

    #[test]
    fn a_state_is_read_back() {
        let verified = Verified::new(Program::raw(vec![0x2b, 3, 0xfe, 0xff, 0x80])).expect("it is in order");
        let mut machine = Machine::new(&verified);
        machine.run(10, &mut flux_vm::host::Alone);
        let state = machine.observe();
        assert_eq!(observation(&state.to_words()), Some(state));
        assert_eq!(observation(&[0]), None);
    }

    #[test]
    fn classes_stand_in_the_order_of_their_numbers() {
        assert!(ErrorClass::ALL.iter().enumerate().all(|(at, class)| *class as usize == at + 1));
    }
}
