//! Compiled programs do what interpreted ones do.

use flux_vm::host::{Alone, Host};
use flux_vm::machine::{Machine, Setting, Stop};
use flux_vm::{Limits, Verified};

use super::split::Size;
use super::{CompileError, Loops, Observe, Options, Start, Surroundings, compile_in};
use engine::Outcome;
use generate::{Dice, Style};
use world::World;

mod engine;
mod generate;
mod mathematics;
mod programs;
mod world;

/// The cycles that an interpreted program gets.
const BUDGET: u64 = 4000;
/// The fuel that a compiled program gets: more than so many cycles can use up.
const FUEL: u64 = 1_000_000_000;

/// How many programs an engine is used for.
const PER_ENGINE: u64 = 1000;

/// What became of the random programs.
#[derive(Debug, Default)]
struct Tally {
    refused: u64,
    /// The compiler has said why.
    not_compiled: u64,
    unending: u64,
    halted: u64,
    failed: u64,
    cycles: u64,
}

fn check(engine: &wasmi::Engine, seed: u64, tally: &mut Tally) {
    let mut dice = Dice::new(seed);
    let (alone, jumbled) = (seed % 8 >= 6, seed % 8 == 6);
    let style = if alone { Style::alone(&mut dice) } else { Style::mixed(&mut dice) };
    let program =
        if jumbled { generate::jumble(&mut dice, style) } else { generate::program(&mut dice, style) };
    let inputs: Vec<i64> = (0..program.inputs)
        .map(|_| {
            let shift = dice.below(64);
            dice.next() as i64 >> shift
        })
        .collect();
    let Ok(verified) = Verified::new(program) else {
        tally.refused += 1;
        return;
    };
    let limits = Limits {
        memory_size: style.memory_size,
        n_regions: dice.pick(&[3, 4, 256]),
        region_bytes: dice.pick(&[400, 4000, 100_000]),
        n_boxes: dice.pick(&[1, 3, 100]),
        n_witnesses: dice.pick(&[2, 100]),
        bulk_bytes: dice.pick(&[20, 100, 10_000]),
        ..Limits::DEFAULT
    };
    use flux_vm::capability::Passing::{Delegable, Kept};
    let setting = Setting {
        limits,
        capabilities: [(1, Kept), (2, Delegable)].into_iter().collect(),
        ..Setting::DEFAULT
    };
    let surroundings = if alone {
        Surroundings::Alone
    } else {
        Surroundings::Trial {
            agents: world::AGENTS.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect(),
        }
    };
    let loops = dice.pick(&[Loops::Once, Loops::Repeated]);
    let options = Options { observe: Observe::State, surroundings, setting, loops, ..Options::default() };

    // No instruction makes a double of an integer, so some are there from the start.
    let start = Start { f: generate::doubles(&mut dice), ..Start::default() };

    let size = Size { n_blocks: 1 + dice.below(8) as usize, n_instructions: 1 + dice.below(20) as usize };
    let size = (dice.below(3) == 0).then_some(size);

    let mut machine = Machine::with(&verified, &options.setting);
    machine.give(&inputs);
    for (register, value) in &start.f {
        machine.set_f(*register, *value);
    }
    let mut world = World::default();
    let host: &mut dyn Host = if alone { &mut Alone } else { &mut world };
    let stop = machine.run(BUDGET, host);
    if stop == Stop::OutOfCycles {
        tally.unending += 1;
        return;
    }
    let observed = machine.observe();
    tally.halted += u64::from(observed.ending == 0);
    tally.failed += u64::from(observed.ending == 1);
    tally.cycles += observed.cycles;

    let context = || {
        format!(
            "seed {seed}\n{}",
            flux_vm::disasm::Disassembly::of_reached(&verified.program().code, verified.starts())
        )
    };
    let compiled = match compile_in(&verified, &options, &start, size) {
        Ok(compiled) => compiled,
        // Data that was read as code.
        Err(CompileError::Unsupported(_)) => {
            tally.not_compiled += 1;
            return;
        }
        Err(error) => panic!("{error}\n{}", context()),
    };
    let (outcome, seen) = engine::run(engine, &compiled.module, &inputs, FUEL);
    assert_eq!(outcome, Outcome::Results(observed.to_words()), "{}", context());
    assert_eq!(seen.log, world.log, "{}", context());

    let options =
        Options { observe: Observe::Results, count_flux: seed.is_multiple_of(2), ..options.clone() };
    let compiled = compile_in(&verified, &options, &start, size)
        .unwrap_or_else(|error| panic!("{error}\n{}", context()));
    let (outcome, seen) = engine::run(engine, &compiled.module, &inputs, FUEL);
    let expected = match stop {
        Stop::Halted => {
            let mut results = machine.outputs().to_vec();
            results.extend(options.count_flux.then_some(machine.cycles() as i64));
            Outcome::Results(results)
        }
        _ => Outcome::Trap,
    };
    assert_eq!(outcome, expected, "{}", context());
    assert_eq!(seen.log, world.log, "{}", context());
}

/// How many random programs are compared, and from which seed: the environment may say so.
fn from_environment(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test run may be made longer")]
    let value = std::env::var(name);
    value.ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn random_programs_end_alike_on_both_engines() {
    let mut engine = engine::engine();
    let (n, first) = (from_environment("FLUX_PROGRAMS", 500), from_environment("FLUX_FIRST", 0));
    let mut tally = Tally::default();
    for seed in first..first + n {
        // An engine keeps all that it has compiled.
        if seed.is_multiple_of(PER_ENGINE) {
            engine = engine::engine();
        }
        check(&engine, seed, &mut tally);
    }
    println!("{tally:?}");
    assert!(tally.halted > n / 8 && tally.failed > n / 8, "{tally:?}");
}
