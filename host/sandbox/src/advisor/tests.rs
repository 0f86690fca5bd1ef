use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock};

use flux_genome::cost::CYCLES_1;
use flux_genome::{Bounds, text};

use super::*;
use crate::{Ending, Input, Limits, Outcome, Refusal, Sandbox, Setting, TrapKind};

/// Gives replies in their order, the last one again and again, and remembers what it was asked.
struct Script {
    serves: CapabilitySet,
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<String>>,
}

#[derive(Clone, Debug)]
enum Reply {
    Text(String),
    Vector(Vec<f32>),
    Verdict(f32, f32),
    Approved(bool),
    Fault(FaultCode, &'static str),
}

impl Script {
    fn new(replies: &[Reply]) -> Arc<Self> {
        let serves = [Capability::Model, Capability::Judge, Capability::Human].into_iter().collect();
        let replies = Mutex::new(replies.iter().cloned().collect());
        Arc::new(Self { serves, replies, asked: Mutex::default() })
    }

    fn reply<T>(&self, asked: String, read: impl Fn(Reply) -> Option<T>) -> Result<T, Fault> {
        self.asked.lock().expect("nobody panics").push(asked);
        let mut replies = self.replies.lock().expect("nobody panics");
        let reply = if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
        match reply.expect("a script has a reply") {
            Reply::Fault(code, message) => Err(Fault { code, message: message.to_owned() }),
            reply => Ok(read(reply.clone()).unwrap_or_else(|| panic!("no answer: {reply:?}"))),
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

impl Advisor for Script {
    fn serves(&self) -> CapabilitySet {
        self.serves
    }

    fn generate(&self, asked: &Generation) -> Result<String, Fault> {
        let Generation { model, prompt, temperature, max_tokens, system, stop } = asked;
        let asked = format!("{model}|{prompt}|{temperature}|{max_tokens}|{system:?}|{stop:?}");
        self.reply(asked, |reply| match reply {
            Reply::Text(text) => Some(text),
            _ => None,
        })
    }

    fn embed(&self, model: &str, text: &str) -> Result<Vec<f32>, Fault> {
        self.reply(format!("{model}|{text}"), |reply| match reply {
            Reply::Vector(vector) => Some(vector),
            _ => None,
        })
    }

    fn score(&self, asked: &Judgement) -> Result<Verdict, Fault> {
        let Judgement { judge, question, answer, reference } = asked;
        self.reply(format!("{judge}|{question}|{answer}|{reference:?}"), |reply| match reply {
            Reply::Verdict(score, coverage) => Some(Verdict { score, coverage }),
            _ => None,
        })
    }

    fn approve(&self, what: &str) -> Result<bool, Fault> {
        self.reply(what.to_owned(), |reply| match reply {
            Reply::Approved(approved) => Some(approved),
            _ => None,
        })
    }

    fn ask(&self, question: &str) -> Result<String, Fault> {
        self.reply(question.to_owned(), |reply| match reply {
            Reply::Text(text) => Some(text),
            _ => None,
        })
    }
}

/// The import of `model.generate`.
const GENERATE: &str = r#"(import "model" "generate"
    (func $generate (param i32 i32 i32 i32 f32 i32 i32 i32 i32 i32 i32 i32)))"#;

/// Asks `fast` to continue the question, by the system prompt "be brief" and with two ends, and answers what it says; a
/// fault becomes `fault N: MESSAGE`. `prompt`, `temperature`, `max_tokens`, `system` and `stop` are instructions.
fn asker(prompt: &str, temperature: &str, max_tokens: &str, system: &str, stop: &str) -> String {
    format!(
        r#"(module {GENERATE}
            (memory (export "memory") 1)
            (global (export "__heap_base") i32 (i32.const 4096))
            (data (i32.const 0) "fast")
            (data (i32.const 16) "be brief")
            (data (i32.const 32) ".;")
            ;; The list of stops: a pointer and a length each.
            (data (i32.const 40) "\20\00\00\00\01\00\00\00\21\00\00\00\01\00\00\00")
            (data (i32.const 64) "fault N: ")
            (data (i32.const 100) "\ff\fe")
            (func (export "answer") (param $at i32) (param $len i32) (result i32 i32)
                (call $generate (i32.const 0) (i32.const 4) {prompt} {temperature} {max_tokens} {system} {stop}
                    (i32.const 128))
                (if (result i32 i32) (i32.load8_u (i32.const 128))
                    (then
                        (i32.store8 (i32.const 70) (i32.add (i32.const 48) (i32.load8_u (i32.const 132))))
                        (memory.copy (i32.const 73) (i32.load (i32.const 136)) (i32.load (i32.const 140)))
                        (i32.const 64)
                        (i32.add (i32.const 9) (i32.load (i32.const 140))))
                    (else (i32.load (i32.const 132)) (i32.load (i32.const 136)))))) "#
    )
}

const PROMPT: &str = "(local.get 0) (local.get 1)";
const HALF: &str = "(f32.const 0.5)";
const TOKENS: &str = "(i32.const 16)";
const SYSTEM: &str = "(i32.const 1) (i32.const 16) (i32.const 8)";
const NO_SYSTEM: &str = "(i32.const 0) (i32.const 0) (i32.const 0)";
const STOPS: &str = "(i32.const 40) (i32.const 2)";
const NO_STOPS: &str = "(i32.const 0) (i32.const 0)";

fn plain_asker() -> String {
    asker(PROMPT, HALF, TOKENS, NO_SYSTEM, NO_STOPS)
}

fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new().expect("a sandbox"))
}

fn setting(script: &Arc<Script>, cycles: u64) -> Setting {
    let limits = Limits { cycles, ..Limits::DEFAULT };
    Setting { limits, advice: Advice::of(Arc::<Script>::clone(script)), ..Setting::default() }
}

fn run_in(source: &str, question: &str, setting: &Setting) -> Outcome {
    let genome = text::compile(source, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
    let loaded = sandbox().load(&genome, genome.capabilities()).unwrap_or_else(|refusal| panic!("{refusal}"));
    sandbox().run(&loaded, &Input::Prompt(question.to_owned()), setting)
}

fn run(source: &str, question: &str, script: &Arc<Script>) -> Outcome {
    run_in(source, question, &setting(script, 1_000_000))
}

fn answer(text: &str) -> Ending {
    Ending::Answer(Ok(text.to_owned()))
}

fn says(text: &str) -> Arc<Script> {
    Script::new(&[Reply::Text(text.to_owned())])
}

#[test]
fn a_genome_asks_a_model_and_is_answered() {
    let script = says("Paris");
    let full = asker(PROMPT, HALF, TOKENS, SYSTEM, STOPS);
    assert_eq!(run(&full, "capital of France?", &script).ending, answer("Paris"));
    assert_eq!(run(&plain_asker(), "h\u{e9}?", &script).ending, answer("Paris"));
    assert_eq!(
        script.asked(),
        [r#"fast|capital of France?|0.5|16|Some("be brief")|[".", ";"]"#, "fast|h\u{e9}?|0.5|16|None|[]"]
    );
}

/// Embeds, has an answer judged with and without a reference, asks for leave and for advice: what comes of it as text.
const ALL_OTHERS: &str = r#"(module
    (import "model" "embed" (func $embed (param i32 i32 i32 i32 i32)))
    (import "judge" "score" (func $score (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "human" "approve" (func $approve (param i32 i32 i32)))
    (import "human" "ask" (func $ask (param i32 i32 i32)))
    (memory (export "memory") 1)
    (global (export "__heap_base") i32 (i32.const 4096))
    (data (i32.const 0) "owlfourfive")
    (func (export "answer") (param $at i32) (param $len i32) (result i32 i32)
        (call $embed (i32.const 0) (i32.const 3) (local.get 0) (local.get 1) (i32.const 128))
        ;; Three numbers, of which the last is 1.5.
        (if (i32.ne (i32.load (i32.const 136)) (i32.const 3)) (then unreachable))
        (if (f32.ne (f32.load offset=8 (i32.load (i32.const 132))) (f32.const 1.5)) (then unreachable))
        (call $score (i32.const 0) (i32.const 3) (local.get 0) (local.get 1) (i32.const 3) (i32.const 4)
            (i32.const 1) (i32.const 7) (i32.const 4) (i32.const 160))
        (if (i32.load8_u (i32.const 160)) (then unreachable))
        (if (f32.ne (f32.load (i32.const 164)) (f32.const 0.25)) (then unreachable))
        (if (f32.ne (f32.load (i32.const 168)) (f32.const 0.75)) (then unreachable))
        (call $score (i32.const 0) (i32.const 3) (local.get 0) (local.get 1) (i32.const 3) (i32.const 4)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 160))
        ;; A fault: unavailable.
        (if (i32.ne (i32.load8_u (i32.const 160)) (i32.const 1)) (then unreachable))
        (if (i32.ne (i32.load8_u (i32.const 164)) (i32.const 4)) (then unreachable))
        (call $approve (i32.const 3) (i32.const 4) (i32.const 192))
        (if (i32.load8_u (i32.const 192)) (then unreachable))
        (if (i32.ne (i32.load8_u (i32.const 196)) (i32.const 1)) (then unreachable))
        (call $ask (i32.const 7) (i32.const 4) (i32.const 224))
        (if (i32.load8_u (i32.const 224)) (then unreachable))
        (i32.load (i32.const 228)) (i32.load (i32.const 232))))"#;

#[test]
fn embeddings_judges_and_people_are_asked_too() {
    let script = Script::new(&[
        Reply::Vector(vec![0.0, -1.0, 1.5]),
        Reply::Verdict(0.25, 0.75),
        Reply::Fault(FaultCode::Unavailable, "gone"),
        Reply::Approved(true),
        Reply::Text("ask again".to_owned()),
    ]);
    let outcome = run(ALL_OTHERS, "why?", &script);
    assert_eq!(outcome.ending, answer("ask again"));
    assert_eq!(
        script.asked(),
        ["owl|why?", r#"owl|why?|four|Some("five")"#, "owl|why?|four|None", "four", "five"]
    );
}

#[test]
fn a_fault_keeps_its_code_and_message() {
    use FaultCode as Code;
    let codes =
        [Code::InvalidInput, Code::NotFound, Code::Denied, Code::Exhausted, Code::Unavailable, Code::Failed];
    for (number, code) in codes.into_iter().enumerate() {
        let script = Script::new(&[Reply::Fault(code, "because")]);
        let ending = run(&plain_asker(), "?", &script).ending;
        assert_eq!(ending, answer(&format!("fault {number}: because")));
    }
}

/// What a component adds to a call with three numbers: a function of its own, which hands them on by a table.
const GLUE: u64 = CYCLES_1.function_entry as u64 + 3 + 2;

/// The cost of asking for leave, `call` being how.
fn cost_of_leave(call: &str, script: &Arc<Script>) -> u64 {
    let source = format!(
        r#"(module (import "human" "approve" (func $approve (param i32 i32 i32)))
            (memory (export "memory") 1)
            (func (export "answer") (param i32 i32) (result i32 i32)
                {call} (local.get 0) (local.get 1)))"#
    );
    let outcome = run(&source, "x", script);
    assert_eq!(outcome.ending, answer("x"));
    outcome.cycles
}

#[test]
fn a_question_costs_its_price_and_every_byte_of_it_and_of_the_answer() {
    let script = Script::new(&[Reply::Approved(true)]);
    let none = cost_of_leave("(drop (i32.const 0)) (drop (i32.const 0)) (drop (i32.const 64))", &script);
    let empty = cost_of_leave("(call $approve (i32.const 0) (i32.const 0) (i32.const 64))", &script);
    let seven = cost_of_leave("(call $approve (i32.const 0) (i32.const 7) (i32.const 64))", &script);
    assert_eq!(empty, none + 1 + GLUE + CYCLES_1.host_call(0));
    assert_eq!(seven, none + 1 + GLUE + CYCLES_1.host_call(7));

    let cost = |source: &str, question: &str, script: &Arc<Script>| run(source, question, script).cycles;
    let short = cost(&plain_asker(), "1234", &says("a"));
    assert_eq!(cost(&plain_asker(), "1234", &says("abcd")), short + 3);
    assert_eq!(cost(&plain_asker(), "12345678", &says("a")), short + 4);
    // The system prompt has eight bytes, the two ends one each.
    assert_eq!(cost(&asker(PROMPT, HALF, TOKENS, SYSTEM, STOPS), "1234", &says("a")), short + 8 + 2);
    let fault = |message| Script::new(&[Reply::Fault(FaultCode::Failed, message)]);
    // Copying the message costs the genome a cycle for each byte as well.
    let bare = cost(&plain_asker(), "1234", &fault("a"));
    assert_eq!(cost(&plain_asker(), "1234", &fault("abcd")), bare + 3 + 3);
}

#[test]
fn an_embedding_costs_four_cycles_a_number() {
    let source = r#"(module (import "model" "embed" (func $embed (param i32 i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (global (export "__heap_base") i32 (i32.const 4096))
        (func (export "answer") (param i32 i32) (result i32 i32)
            (call $embed (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
            (i32.const 0) (i32.const 0)))"#;
    let cost = |n| run(source, "", &Script::new(&[Reply::Vector(vec![1.0; n])])).cycles;
    assert_eq!(cost(9), cost(2) + 7 * 4);
}

#[test]
fn the_budget_holds_at_its_edge_and_past_it_nobody_is_asked() {
    let free = run(&plain_asker(), "1234", &says("four"));
    let at = |cycles, script: &Arc<Script>| run_in(&plain_asker(), "1234", &setting(script, cycles));
    assert_eq!(at(free.cycles, &says("four")), free);
    for short in 1..=free.cycles {
        let (script, budget) = (says("four"), free.cycles - short);
        let outcome = at(budget, &script);
        assert_eq!((outcome.ending, outcome.cycles), (Ending::OutOfFuel, budget));
        // Who is asked is charged for first: 64, and eight bytes.
        assert!(script.asked().is_empty() || budget >= CYCLES_1.host_call(8), "{budget}");
    }
    assert!(at(CYCLES_1.host_call(8), &says("four")).ending == Ending::OutOfFuel);
}

#[test]
fn asking_without_end_is_ended_by_the_budget() {
    let source = r#"(module (import "human" "approve" (func $approve (param i32 i32 i32)))
        (memory (export "memory") 1)
        (func (export "answer") (param i32 i32) (result i32 i32)
            (loop $again (call $approve (i32.const 0) (i32.const 0) (i32.const 64)) (br $again))
            unreachable))"#;
    let script = Script::new(&[Reply::Approved(false)]);
    let outcome = run_in(source, "", &setting(&script, 10_000));
    assert_eq!((outcome.ending, outcome.cycles), (Ending::OutOfFuel, 10_000));
    // Each time round: three constants, a call, its price, a branch; and little before the first.
    let n_asked = script.asked().len() as u64;
    let round = 3 + 1 + GLUE + CYCLES_1.host_call(0) + 1;
    assert!((n_asked * round..(n_asked + 2) * round).contains(&10_000), "{n_asked}");
}

#[test]
fn an_answer_that_costs_more_than_is_left_ends_the_run() {
    let script = says(&"x".repeat(2_000_000));
    let outcome = run(&plain_asker(), "1234", &script);
    assert_eq!((outcome.ending, outcome.cycles), (Ending::OutOfFuel, 1_000_000));
    // Paid for, and too large for the genome's own allocator.
    let limits = Limits { cycles: 100_000_000, memory_bytes: 1 << 20, ..Limits::DEFAULT };
    let setting = Setting { limits, ..setting(&script, 0) };
    let ending = run_in(&plain_asker(), "1234", &setting).ending;
    assert!(!ending.is_result(), "{ending:?}");
}

#[test]
fn what_breaks_the_contract_is_a_fault_and_is_not_asked() {
    let script = says("never");
    let many = "(i32.const 40) (i32.const 17)";
    // A list of empty texts where nothing but zeros lie.
    let empty = "(i32.const 1024) (i32.const 1)";
    for (temperature, tokens, stop, message) in [
        ("(f32.const nan)", TOKENS, NO_STOPS, "fault 0: expected a temperature from 0 to 2, found NaN"),
        ("(f32.const -0.5)", TOKENS, NO_STOPS, "fault 0: expected a temperature from 0 to 2, found -0.5"),
        ("(f32.const inf)", TOKENS, NO_STOPS, "fault 0: expected a temperature from 0 to 2, found inf"),
        (HALF, "(i32.const 0)", NO_STOPS, "fault 0: expected at least 1 token to generate, found 0"),
        (HALF, TOKENS, empty, "fault 0: a sequence that ends the answer is empty"),
    ] {
        let ending = run(&asker(PROMPT, temperature, tokens, NO_SYSTEM, stop), "?", &script).ending;
        assert_eq!(ending, answer(message));
    }
    let zeros = "(i32.const 1024) (i32.const 17)";
    let ending = run(&asker(PROMPT, HALF, TOKENS, NO_SYSTEM, zeros), "?", &script).ending;
    let message = "fault 0: expected at most 16 sequences that end the answer, found 17";
    assert_eq!(ending, answer(message));
    // The list runs into bytes that are no addresses.
    let ending = run(&asker(PROMPT, HALF, TOKENS, NO_SYSTEM, many), "?", &script).ending;
    assert!(matches!(&ending, Ending::Trap(trap) if trap.kind == TrapKind::AbiViolation), "{ending:?}");
    assert!(script.asked().is_empty());
}

#[test]
fn what_is_no_number_does_not_cross_the_border() {
    let verdicts = [(f32::NAN, 1.0), (0.5, 1.5), (-0.1, 1.0)];
    let source = r#"(module
        (import "judge" "score" (func $score (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (global (export "__heap_base") i32 (i32.const 4096))
        (func (export "answer") (param i32 i32) (result i32 i32)
            (call $score (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
            (if (i32.eqz (i32.load8_u (i32.const 128))) (then unreachable))
            (i32.load (i32.const 136)) (i32.load (i32.const 140))))"#;
    for (score, coverage) in verdicts {
        let ending = run(source, "", &Script::new(&[Reply::Verdict(score, coverage)])).ending;
        assert_eq!(ending, answer("the judge's score is not from 0 to 1"));
    }
    assert!(finite_embedding(vec![1.0, f32::NAN]).is_err());
}

fn finite_embedding(vector: Vec<f32>) -> Result<(), Ending> {
    let source = r#"(module (import "model" "embed" (func $embed (param i32 i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (global (export "__heap_base") i32 (i32.const 4096))
        (func (export "answer") (param i32 i32) (result i32 i32)
            (call $embed (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
            (if (i32.load8_u (i32.const 128)) (then unreachable))
            (i32.const 0) (i32.const 0)))"#;
    match run(source, "", &Script::new(&[Reply::Vector(vector)])).ending {
        Ending::Answer(Ok(_)) => Ok(()),
        ending => Err(ending),
    }
}

#[test]
fn what_breaks_the_border_traps_and_is_not_asked() {
    let script = says("never");
    // Eight thousand texts that are the same 64 KiB.
    let overlapping = r#"(block (result i32 i32)
        (loop $again
            (i32.store (i32.add (i32.const 196608) (i32.mul (local.get 1) (i32.const 8))) (i32.const 65536))
            (i32.store offset=4 (i32.add (i32.const 196608) (i32.mul (local.get 1) (i32.const 8))) (i32.const 65536))
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get 1) (i32.const 8000))))
        (i32.const 196608) (i32.const 8000))"#;
    for (prompt, system, stop) in [
        ("(i32.const 327670) (i32.const 11)", NO_SYSTEM, NO_STOPS),
        ("(i32.const -1) (i32.const 2)", NO_SYSTEM, NO_STOPS),
        ("(i32.const 100) (i32.const 2)", NO_SYSTEM, NO_STOPS),
        (PROMPT, "(i32.const 2) (i32.const 0) (i32.const 0)", NO_STOPS),
        (PROMPT, "(i32.const 1) (i32.const 16) (i32.const -1)", NO_STOPS),
        (PROMPT, NO_SYSTEM, "(i32.const 0) (i32.const 536870911)"),
        (PROMPT, NO_SYSTEM, "(i32.const 42) (i32.const 1)"),
        (PROMPT, NO_SYSTEM, overlapping),
    ] {
        let source = asker(prompt, HALF, TOKENS, system, stop)
            .replace("(memory (export \"memory\") 1)", "(memory (export \"memory\") 5)");
        let ending = run_in(&source, "", &setting(&script, 100_000_000)).ending;
        assert!(
            matches!(&ending, Ending::Trap(trap) if trap.kind == TrapKind::AbiViolation),
            "{prompt} {system} {stop}: {ending:?}"
        );
    }
    assert!(script.asked().is_empty());
}

#[test]
fn what_nobody_serves_is_refused_by_name() {
    let nobody = run_in(ALL_OTHERS, "?", &Setting::default());
    let missing = [Capability::Model, Capability::Judge, Capability::Human].into_iter().collect();
    assert_eq!(nobody.ending, Ending::Refused(Refusal::NotOffered { missing }));
    assert_eq!(nobody.cycles, 0);
    let only_models = Arc::new(Script {
        serves: [Capability::Model, Capability::Files].into_iter().collect(),
        replies: Mutex::default(),
        asked: Mutex::default(),
    });
    let missing = [Capability::Judge, Capability::Human].into_iter().collect();
    let ending = run(ALL_OTHERS, "?", &only_models).ending;
    assert_eq!(ending, Ending::Refused(Refusal::NotOffered { missing }));
    // An advisor grants nothing.
    let genome = text::compile(&plain_asker(), &Bounds::DEFAULT).expect("a genome");
    let missing = [Capability::Model].into_iter().collect();
    assert_eq!(sandbox().load(&genome, CapabilitySet::EMPTY).err(), Some(Refusal::NotGranted { missing }));
}

#[test]
fn outcomes_depend_on_what_was_answered_and_nothing_else() {
    let replies = [Reply::Text("one".to_owned()), Reply::Text("two".to_owned())];
    let twice = |script: &Arc<Script>| {
        let setting = setting(script, 1_000_000);
        [run_in(&plain_asker(), "?", &setting), run_in(&plain_asker(), "?", &setting)]
    };
    let [first, second] = twice(&Script::new(&replies));
    assert_eq!((&first.ending, &second.ending), (&answer("one"), &answer("two")));
    assert_eq!(twice(&Script::new(&replies)), [first, second]);
    let script = says("same");
    assert_eq!(Advice::of(Arc::<Script>::clone(&script)), Advice::of(Arc::<Script>::clone(&script)).clone());
    assert_ne!(Advice::of(script), Advice::NONE);
}
