//! Compiled ecosystems, executed by a WebAssembly interpreter.

use wasmi::{AsContext, AsContextMut, Caller, Engine, Extern, Instance, Linker, Memory, Module, Store};

use super::world::{Fault, World};

/// What a module answers, and what it has asked for that.
pub(in crate::ecosystem) fn answer(
    module: &[u8],
    prompt: &str,
    world: World,
) -> (Result<String, Fault>, World) {
    let engine = Engine::default();
    let module = Module::new(&engine, module).unwrap_or_else(|error| panic!("{error}"));
    let mut store = Store::new(&engine, world);
    let instance = linker(&engine).instantiate_and_start(&mut store, &module).unwrap();
    let realloc = instance.get_typed_func::<(i32, i32, i32, i32), i32>(&store, "cabi_realloc").unwrap();
    let answer = instance.get_typed_func::<(i32, i32), i32>(&store, "answer").unwrap();
    let len = prompt.len() as i32;
    let at = realloc.call(&mut store, (0, 0, 1, len)).unwrap();
    memory(&instance, &store).write(&mut store, at as usize, prompt.as_bytes()).unwrap();
    let result = answer.call(&mut store, (at, len)).unwrap_or_else(|error| panic!("{error}"));
    let memory = memory(&instance, &store);
    let word = |offset: usize| {
        let mut bytes = [0; 4];
        memory.read(&store, result as usize + offset, &mut bytes).unwrap();
        u32::from_le_bytes(bytes)
    };
    let text = |at: u32, len: u32| {
        let mut bytes = vec![0; len as usize];
        memory.read(&store, at as usize, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let answer = match word(0) & 0xff {
        0 => Ok(text(word(4), word(8))),
        _ => Err(((word(4) & 0xff) as u8, text(word(8), word(12)))),
    };
    (answer, store.into_data())
}

fn memory(instance: &Instance, store: &Store<World>) -> Memory {
    instance.get_memory(store, "memory").unwrap()
}

/// A caller's memory, as the canonical ABI uses it.
struct Border<'c> {
    caller: Caller<'c, World>,
}

impl Border<'_> {
    fn memory(&self) -> Memory {
        self.caller.get_export("memory").and_then(Extern::into_memory).unwrap()
    }

    fn text(&self, at: i32, len: i32) -> String {
        let mut bytes = vec![0; len as usize];
        self.memory().read(self.caller.as_context(), at as usize, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn put(&mut self, at: i32, bytes: &[u8]) {
        let memory = self.memory();
        memory.write(self.caller.as_context_mut(), at as usize, bytes).unwrap();
    }

    /// Puts a text into the guest's memory and returns its address and length.
    fn put_text(&mut self, text: &str) -> [u8; 8] {
        let realloc = self.caller.get_export("cabi_realloc").and_then(Extern::into_func).unwrap();
        let realloc = realloc.typed::<(i32, i32, i32, i32), i32>(&self.caller).unwrap();
        let len = text.len() as i32;
        let at = realloc.call(&mut self.caller, (0, 0, 1, len)).unwrap();
        self.put(at, text.as_bytes());
        let mut pair = [0; 8];
        pair[..4].copy_from_slice(&at.to_le_bytes());
        pair[4..].copy_from_slice(&len.to_le_bytes());
        pair
    }

    fn put_fault(&mut self, at: i32, (code, message): &Fault) {
        let mut result = [0xaa; 16];
        (result[0], result[4]) = (1, *code);
        let text = self.put_text(message);
        result[8..].copy_from_slice(&text);
        self.put(at, &result);
    }

    fn put_answer(&mut self, at: i32, answer: &Result<String, Fault>) {
        match answer {
            Ok(text) => {
                let mut result = [0xaa; 12];
                result[0] = 0;
                let text = self.put_text(text);
                result[4..].copy_from_slice(&text);
                self.put(at, &result);
            }
            Err(fault) => self.put_fault(at, fault),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the canonical ABI flattens records")]
fn generate(
    caller: Caller<'_, World>,
    model: i32,
    model_len: i32,
    prompt: i32,
    prompt_len: i32,
    temperature: f32,
    max_tokens: i32,
    has_system: i32,
    system: i32,
    system_len: i32,
    _stop: i32,
    n_stops: i32,
    at: i32,
) {
    assert_eq!(n_stops, 0);
    let mut border = Border { caller };
    let (model, prompt) = (border.text(model, model_len), border.text(prompt, prompt_len));
    let system = (has_system != 0).then(|| border.text(system, system_len));
    let max_tokens = max_tokens as u32;
    let world = border.caller.data_mut();
    let answer = world.generate(&model, &prompt, temperature, max_tokens, system.as_deref());
    border.put_answer(at, &answer);
}

#[expect(clippy::too_many_arguments, reason = "the canonical ABI flattens records")]
fn score(
    caller: Caller<'_, World>,
    judge: i32,
    judge_len: i32,
    question: i32,
    question_len: i32,
    answer: i32,
    answer_len: i32,
    has_reference: i32,
    reference: i32,
    reference_len: i32,
    at: i32,
) {
    let mut border = Border { caller };
    let (judge, question) = (border.text(judge, judge_len), border.text(question, question_len));
    let answer = border.text(answer, answer_len);
    let reference = (has_reference != 0).then(|| border.text(reference, reference_len));
    match border.caller.data_mut().score(&judge, &question, &answer, reference.as_deref()) {
        Ok((score, coverage)) => {
            let mut result = [0xaa; 12];
            result[0] = 0;
            result[4..8].copy_from_slice(&score.to_le_bytes());
            result[8..].copy_from_slice(&coverage.to_le_bytes());
            border.put(at, &result);
        }
        Err(fault) => border.put_fault(at, &fault),
    }
}

fn approve(caller: Caller<'_, World>, what: i32, len: i32, at: i32) {
    let mut border = Border { caller };
    let what = border.text(what, len);
    match border.caller.data_mut().approve(&what) {
        Ok(approved) => border.put(at, &[0, 0xaa, 0xaa, 0xaa, u8::from(approved), 0xaa]),
        Err(fault) => border.put_fault(at, &fault),
    }
}

fn ask_person(caller: Caller<'_, World>, question: i32, len: i32, at: i32) {
    let mut border = Border { caller };
    let question = border.text(question, len);
    let answer = border.caller.data_mut().ask_person(&question);
    border.put_answer(at, &answer);
}

fn linker(engine: &Engine) -> Linker<World> {
    let mut linker = Linker::new(engine);
    // By their short names, and by those that they have in a genome.
    for interface in [|name: &str| name.to_owned(), |name: &str| format!("flux:genome/{name}@0.1.0")] {
        linker
            .func_wrap(&interface("model"), "generate", generate)
            .unwrap()
            .func_wrap(&interface("judge"), "score", score)
            .unwrap()
            .func_wrap(&interface("human"), "approve", approve)
            .unwrap()
            .func_wrap(&interface("human"), "ask", ask_person)
            .unwrap();
    }
    linker
}
