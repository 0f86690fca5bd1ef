//! Compiled programs, executed by a WebAssembly interpreter.

use wasmi::{AsContext, AsContextMut, Caller, Config, Engine, Linker, Memory, Module, Store, Val};

use super::world::World;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With results.
    Results(Vec<i64>),
    /// With a trap.
    Trap,
    /// It did not end in time.
    OutOfFuel,
}

/// An engine that counts what it executes.
pub(super) fn engine() -> Engine {
    let mut config = Config::default();
    config.consume_fuel(true);
    Engine::new(&config)
}

/// Runs a module and returns how it ended and what the world has seen.
pub(super) fn run(engine: &Engine, module: &[u8], inputs: &[i64], fuel: u64) -> (Outcome, World) {
    let module = Module::new(engine, module).unwrap_or_else(|error| panic!("{error}"));
    let mut store = Store::new(engine, World::default());
    store.set_fuel(fuel).unwrap();
    let instance = linker(engine).instantiate_and_start(&mut store, &module).unwrap();
    let run = instance.get_func(&store, "run").unwrap();
    let inputs: Vec<Val> = inputs.iter().map(|input| Val::I64(*input)).collect();
    let mut results = vec![Val::I64(0); run.ty(&store).results().len()];
    let outcome = match run.call(&mut store, &inputs, &mut results) {
        Ok(()) => Outcome::Results(results.iter().filter_map(Val::i64).collect()),
        Err(error) if error.as_trap_code() == Some(wasmi::TrapCode::OutOfFuel) => Outcome::OutOfFuel,
        Err(error) if error.as_trap_code().is_some() => Outcome::Trap,
        Err(error) => panic!("{error}"),
    };
    (outcome, store.into_data())
}

/// Where answers are put: behind everything that a program has.
const ANSWER_AT: usize = 64 << 10;

fn memory(caller: &Caller<'_, World>) -> Memory {
    caller.get_export("memory").and_then(wasmi::Extern::into_memory).unwrap()
}

fn number(caller: &Caller<'_, World>, at: i32, len: i32) -> i64 {
    assert_eq!(len, 8, "messages are numbers");
    let mut bytes = [0; 8];
    memory(caller).read(caller.as_context(), at as usize, &mut bytes).unwrap();
    i64::from_le_bytes(bytes)
}

fn put(caller: &mut Caller<'_, World>, at: usize, bytes: &[u8]) {
    let memory = memory(caller);
    let needed = (at + bytes.len()) as u64;
    let there = memory.size(caller.as_context()) * (64 << 10);
    if needed > there {
        memory.grow(caller.as_context_mut(), (needed - there).div_ceil(64 << 10)).unwrap();
    }
    memory.write(caller.as_context_mut(), at, bytes).unwrap();
}

/// Puts an answer of one number into the memory and returns where it is: sometimes it is none.
fn put_answer(caller: &mut Caller<'_, World>, value: i64) -> [u8; 8] {
    let at = memory(caller).size(caller.as_context()) as usize * ANSWER_AT;
    put(caller, at, &value.to_le_bytes());
    let mut place = [0; 8];
    place[..4].copy_from_slice(&(at as u32).to_le_bytes());
    place[4..].copy_from_slice(&8_u32.to_le_bytes());
    place
}

fn put_result(caller: &mut Caller<'_, World>, at: i32, is_fine: bool) {
    // What is not written is not to be looked at.
    let mut result = [0xaa; 16];
    result[0] = u8::from(!is_fine);
    put(caller, at as usize, &result);
}

fn linker(engine: &Engine) -> Linker<World> {
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("senses", "sense", |mut caller: Caller<'_, World>, channel: i32| {
            caller.data_mut().sense(channel as u32)
        })
        .unwrap()
        .func_wrap("senses", "act", |mut caller: Caller<'_, World>, channel: i32, value: i64| {
            caller.data_mut().act(channel as u32, value);
        })
        .unwrap()
        .func_wrap(
            "mail",
            "tell",
            |mut caller: Caller<'_, World>, to: i32, at: i32, len: i32, result: i32| {
                let value = number(&caller, at, len);
                let done = caller.data_mut().tell(to as u32, value);
                put_result(&mut caller, result, done);
            },
        )
        .unwrap()
        .func_wrap("mail", "ask", |mut caller: Caller<'_, World>, to: i32, at: i32, len: i32, result: i32| {
            let value = number(&caller, at, len);
            let answer = caller.data_mut().ask(to as u32, value);
            put_result(&mut caller, result, answer.is_some());
            if let Some(answer) = answer {
                let place = put_answer(&mut caller, answer);
                put(&mut caller, result as usize + 4, &place);
            }
        })
        .unwrap()
        .func_wrap(
            "mail",
            "reply",
            |mut caller: Caller<'_, World>, question: i64, at: i32, len: i32, result: i32| {
                let value = number(&caller, at, len);
                let done = caller.data_mut().reply(question as u64, value);
                put_result(&mut caller, result, done);
            },
        )
        .unwrap()
        .func_wrap(
            "mail",
            "delegate",
            |mut caller: Caller<'_, World>, question: i64, to: i32, result: i32| {
                let done = caller.data_mut().delegate(question as u64, to as u32);
                put_result(&mut caller, result, done);
            },
        )
        .unwrap()
        .func_wrap("mail", "broadcast", |mut caller: Caller<'_, World>, at: i32, len: i32| {
            let value = number(&caller, at, len);
            caller.data_mut().broadcast(value) as i32
        })
        .unwrap();
    for (name, waits) in [("receive", true), ("poll", false)] {
        linker
            .func_wrap("mail", name, move |mut caller: Caller<'_, World>, result: i32| {
                let message = caller.data_mut().receive(waits);
                let mut bytes = [0xaa; 32];
                bytes[0] = u8::from(message.is_some());
                if let Some((id, sender, kind, value)) = message {
                    bytes[8..16].copy_from_slice(&id.to_le_bytes());
                    bytes[16..20].copy_from_slice(&sender.to_le_bytes());
                    bytes[20] = kind;
                    bytes[24..].copy_from_slice(&put_answer(&mut caller, value));
                }
                put(&mut caller, result as usize, &bytes);
            })
            .unwrap();
    }
    linker
}
