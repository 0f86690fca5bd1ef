//! The compiler as an engine: WebAssembly in an interpreter of its own.
//!
//! A case is run twice: with all state to be seen, which has to be that of the interpreter to the last number, and as
//! genomes run, with outputs and traps only.

use std::collections::{BTreeMap, VecDeque};

use flux_lang::aot::{Observe, Options, Surroundings, compile};
use flux_vm::Verified;
use flux_vm::error::ErrorClass;
use flux_vm::isa::{N_F, N_R};
use wasmi::{Caller, Config, Engine, Error, Linker, Module, Store, Val};

use crate::case::{Case, Item, Observed};
use crate::interpreter;

/// How much fuel a cycle may cost.
const FUEL_PER_CYCLE: u64 = 100;
/// What clearing memory and looking at it may cost: regions have 16 MiB at most.
const FUEL: u64 = 1_000_000_000;

/// Says whether a case can be run: a genome is given R registers only, and neither its budget nor a channel that fails
/// is a part of its state.
pub fn can_run(program: &Verified, case: &Case) -> bool {
    let senses = case.given.iter().any(|item| matches!(item, Item::Sense(..)));
    let given = |item: &Item| match item {
        Item::R(number, _) => *number < program.program().inputs,
        Item::Sense(..) | Item::Capability(..) | Item::Budget(_) => true,
        _ => false,
    };
    let expected = |item: &Item| match item {
        Item::Error(class) => class != "OutOfCycles" && !senses,
        _ => true,
    };
    case.given.iter().all(given) && case.expected.iter().all(expected)
}

/// Runs a case.
pub fn run_compiled(program: &Verified, case: &Case) -> Result<Observed, String> {
    let (words, channels) = run(program, case, Observe::State)?;
    let words = words.ok_or("it trapped, though everything is to be seen")?;
    let expected = interpreter::words(program, case)?;
    if words != expected {
        return Err(format!("its state differs\n  interpreted {expected:?}\n  compiled    {words:?}"));
    }
    let [ending, class, _, cycles, ref registers @ ..] = words[..] else {
        return Err("its state is too short".to_owned());
    };
    let class = u8::try_from(class).ok().and_then(ErrorClass::from_number);
    let (results, _) = run(program, case, Observe::Results)?;
    let n_outputs = usize::from(program.program().outputs);
    match (ending, &results) {
        (0, Some(results)) if registers.get(..n_outputs) == Some(results) => {}
        (1, None) => {}
        _ => return Err(format!("its ending is {ending}, its results are {results:?}")),
    }
    Ok(Observed {
        ending: class.map(|class| class.class().to_owned()),
        cycles: cycles as u64,
        r: registers.iter().take(N_R).copied().collect(),
        f: registers.iter().skip(N_R).take(N_F).map(|bits| f64::from_bits(*bits as u64)).collect(),
        // Its digest was compared.
        memory: BTreeMap::new(),
        acts: channels.acts,
    })
}

/// What a program reads and puts out.
#[derive(Default)]
struct Channels {
    readings: BTreeMap<u32, VecDeque<i64>>,
    acts: BTreeMap<u32, Vec<i64>>,
}

/// Compiles and runs; no results are a trap.
fn run(program: &Verified, case: &Case, observe: Observe) -> Result<(Option<Vec<i64>>, Channels), String> {
    let mut channels = Channels::default();
    let mut inputs = vec![Val::I64(0); program.program().inputs.into()];
    for item in &case.given {
        match item {
            Item::R(number, value) => {
                let input = inputs.get_mut(usize::from(*number)).ok_or("it has fewer inputs")?;
                *input = Val::I64(*value);
            }
            Item::Sense(channel, readings) => {
                channels.readings.insert(*channel, readings.iter().copied().collect());
            }
            _ => {}
        }
    }
    let surroundings = if case.is_alone() { Surroundings::Alone } else { Surroundings::default() };
    let setting = interpreter::setting(&case.given);
    let options = Options { observe, surroundings, setting, ..Options::default() };
    let compiled = compile(program, &options).map_err(|error| error.to_string())?;

    let mut config = Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let wrong = |error: Error| error.to_string();
    let module = Module::new(&engine, &compiled.module).map_err(wrong)?;
    let mut store = Store::new(&engine, channels);
    store.set_fuel(FUEL + FUEL_PER_CYCLE * case.budget()).map_err(wrong)?;
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("senses", "sense", |mut caller: Caller<'_, Channels>, channel: u32| {
            let readings = caller.data_mut().readings.get_mut(&channel);
            readings.and_then(VecDeque::pop_front).ok_or_else(|| Error::new("the channel is refused"))
        })
        .map_err(|error| error.to_string())?;
    linker
        .func_wrap("senses", "act", |mut caller: Caller<'_, Channels>, channel: u32, value: i64| {
            caller.data_mut().acts.entry(channel).or_default().push(value);
        })
        .map_err(|error| error.to_string())?;
    let instance = linker.instantiate_and_start(&mut store, &module).map_err(wrong)?;
    let function = instance.get_func(&store, "run").ok_or("there is no `run`")?;
    let mut results = vec![Val::I64(0); function.ty(&store).results().len()];
    let results = match function.call(&mut store, &inputs, &mut results) {
        Ok(()) => Some(results.iter().filter_map(Val::i64).collect()),
        Err(error) if error.as_trap_code() == Some(wasmi::TrapCode::OutOfFuel) => {
            return Err("it does not come to an end".to_owned());
        }
        Err(_) => None,
    };
    Ok((results, store.into_data()))
}
