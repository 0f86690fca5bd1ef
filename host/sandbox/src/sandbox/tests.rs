use super::*;
use crate::ending::{FaultCode, Trap};
use crate::setting::Level;
use flux_genome::cost::CYCLES_1;
use flux_genome::{Bounds, Capability, text};
use std::time::Duration;

fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new().expect("a sandbox"))
}

fn load(source: &str) -> Loaded {
    let genome = text::compile(source, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
    sandbox().load(&genome, genome.capabilities()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(source: &str, input: &[i64], setting: &Setting) -> Outcome {
    sandbox().run(&load(source), &Input::Numbers(input.to_vec()), setting)
}

fn with(change: impl FnOnce(&mut Limits)) -> Setting {
    let mut setting = Setting::default();
    change(&mut setting.limits);
    setting
}

/// Counts down from its parameter.
const COUNTDOWN: &str = r#"(module (func (export "run") (param $n i64) (result i64)
    (loop $again
        (br_if $again (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $n)))"#;

#[test]
fn the_budget_holds_at_its_edge_and_not_past_it() {
    let free = run(COUNTDOWN, &[1000], &Setting::default());
    assert_eq!(free.ending, Ending::Numbers(vec![0]));
    let edge = run(COUNTDOWN, &[1000], &with(|limits| limits.cycles = free.cycles));
    assert_eq!(edge, free);
    let past = run(COUNTDOWN, &[1000], &with(|limits| limits.cycles = free.cycles - 1));
    assert_eq!((past.ending, past.cycles), (Ending::OutOfFuel, free.cycles - 1));
}

#[test]
fn straight_code_past_its_budget_is_out_of_fuel_too() {
    // The engine compares only at function entries and loops; this function has neither inside.
    let source = format!(
        r#"(module (func (export "run") (result i64) {} (i64.const 7)))"#,
        "(drop (i64.add (i64.const 1) (i64.const 2))) ".repeat(100)
    );
    let free = run(&source, &[], &Setting::default());
    let past = run(&source, &[], &with(|limits| limits.cycles = free.cycles - 1));
    assert_eq!(past.ending, Ending::OutOfFuel);
}

#[test]
fn an_added_operator_costs_one_cycle_and_a_free_one_none() {
    let cost = |body: &str| {
        let source = format!(r#"(module (func (export "run") (result i64) {body} (i64.const 7)))"#);
        run(&source, &[], &Setting::default()).cycles
    };
    let empty = cost("");
    assert_eq!(cost("nop nop (block (block))"), empty);
    assert_eq!(cost("(drop (i64.const 1))"), empty + 1);
    assert_eq!(cost("(drop (i64.add (i64.const 1) (i64.const 2)))"), empty + 3);
}

#[test]
fn bulk_work_and_growth_are_priced_by_their_size() {
    let cost = |body: &str| {
        let source =
            format!(r#"(module (memory 4) (func (export "run") (result i64) {body} (i64.const 7)))"#);
        run(&source, &[], &Setting::default()).cycles
    };
    let empty = cost("");
    assert_eq!(cost("(memory.fill (i32.const 1024) (i32.const 1) (i32.const 1000))"), empty + 4 + 1000);
    assert_eq!(cost("(memory.copy (i32.const 1024) (i32.const 0) (i32.const 500))"), empty + 4 + 500);
    assert_eq!(cost("(drop (memory.grow (i32.const 3)))"), empty + 2 + 3 * 255);
}

#[test]
fn a_start_function_is_paid_for() {
    let source = |start: &str| {
        format!(
            r#"(module (global $g (mut i64) (i64.const 0)) (func $init {start}) (start $init)
                (func (export "run") (result i64) (global.get $g)))"#
        )
    };
    let idle = run(&source(""), &[], &Setting::default());
    let busy = run(&source("(global.set $g (i64.const 5))"), &[], &Setting::default());
    assert_eq!(busy.ending, Ending::Numbers(vec![5]));
    assert_eq!(busy.cycles, idle.cycles + 2);
    let without = run(
        r#"(module (global $g i64 (i64.const 0)) (func (export "run") (result i64) (global.get $g)))"#,
        &[],
        &Setting::default(),
    );
    assert_eq!(idle.cycles - without.cycles, u64::from(CYCLES_1.start + CYCLES_1.function_entry));
    // Data costs nothing at the start.
    let data = run(
        r#"(module (memory 1) (data (i32.const 0) "0123456789") (global $g i64 (i64.const 0)) (func (export "run") (result i64) (global.get $g)))"#,
        &[],
        &Setting::default(),
    );
    assert_eq!(data.cycles, without.cycles);
}

#[test]
fn a_trap_names_its_kind_and_function() {
    let outcome = run(
        r#"(module (func $inner (param i64) (result i64) (i64.div_s (i64.const 1) (local.get 0)))
            (func (export "run") (param i64) (result i64) (call $inner (local.get 0))))"#,
        &[0],
        &Setting::default(),
    );
    let Ending::Trap(trap) = outcome.ending else { panic!("{:?}", outcome.ending) };
    assert_eq!(
        trap,
        Trap {
            kind: TrapKind::IntegerDivideByZero,
            function: Some(FunctionPlace::Named("inner".to_owned()))
        }
    );
    assert_eq!(trap.to_string(), "integer division by zero in `inner`");
}

#[test]
fn memory_and_tables_hold_at_their_edge_and_not_past_it() {
    let grow = |pages: i64| {
        run(
            r#"(module (memory 1) (func (export "run") (param i64) (result i64)
                (i64.extend_i32_s (memory.grow (i32.wrap_i64 (local.get 0))))))"#,
            &[pages],
            &with(|limits| limits.memory_bytes = 4 << 16),
        )
    };
    let edge = grow(3);
    assert_eq!((edge.ending, edge.memory_peak_bytes), (Ending::Numbers(vec![1]), 4 << 16));
    assert_eq!(grow(4).ending, Ending::OverMemory);
    let grow_table = |elements: i64| {
        run(
            r#"(module (table 1 funcref) (func (export "run") (param i64) (result i64)
                (i64.extend_i32_s (table.grow (ref.null func) (i32.wrap_i64 (local.get 0))))))"#,
            &[elements],
            &with(|limits| limits.table_elements = 10),
        )
    };
    assert_eq!(grow_table(9).ending, Ending::Numbers(vec![1]));
    assert_eq!(grow_table(10).ending, Ending::OverMemory);
}

#[test]
fn a_module_that_names_its_own_maximum_is_told_no() {
    let outcome = run(
        r#"(module (memory 1 2) (func (export "run") (result i64) (i64.extend_i32_s (memory.grow (i32.const 5)))))"#,
        &[],
        &Setting::default(),
    );
    assert_eq!(outcome.ending, Ending::Numbers(vec![-1]));
}

#[test]
fn the_deadline_stops_what_the_fuel_lets_run() {
    let setting = with(|limits| {
        limits.cycles = Limits::MAX_CYCLES;
        limits.deadline = Duration::from_millis(50);
    });
    let outcome =
        run(r#"(module (func (export "run") (result i64) (loop (br 0)) (i64.const 0)))"#, &[], &setting);
    assert_eq!(outcome.ending, Ending::OverDeadline);
}

#[test]
fn acts_hold_at_their_edge_and_not_past_it() {
    let source = r#"(module (import "senses" "act" (func $act (param i32 i64)))
        (func (export "run") (param $n i64) (result i64) (local $i i64)
            (loop $again
                (call $act (i32.const 1) (local.get $i))
                (local.set $i (i64.add (local.get $i) (i64.const 1)))
                (br_if $again (i64.lt_s (local.get $i) (local.get $n))))
            (local.get $i)))"#;
    let setting = with(|limits| limits.acts = 5);
    let edge = run(source, &[5], &setting);
    assert_eq!((edge.ending, edge.acts.len()), (Ending::Numbers(vec![5]), 5));
    assert_eq!(run(source, &[6], &setting).ending, Ending::OverMemory);
}

#[test]
fn senses_read_in_order_then_repeat_and_unknown_channels_read_nothing() {
    let source = r#"(module (import "senses" "sense" (func $sense (param i32) (result i64)))
        (func (export "run") (param $channel i64) (result i64 i64 i64)
            (call $sense (i32.wrap_i64 (local.get 0)))
            (call $sense (i32.wrap_i64 (local.get 0)))
            (call $sense (i32.wrap_i64 (local.get 0)))))"#;
    let setting = Setting { senses: [(3, vec![10, 20])].into(), ..Setting::default() };
    assert_eq!(run(source, &[3], &setting).ending, Ending::Numbers(vec![10, 20, 20]));
    assert_eq!(run(source, &[4], &setting).ending, Ending::Numbers(vec![0, 0, 0]));
}

#[test]
fn random_numbers_are_the_seeds() {
    let source = r#"(module (import "random" "next" (func $next (result i64)))
        (func (export "run") (result i64 i64) (call $next) (call $next)))"#;
    let draw = |seed| run(source, &[], &Setting { seed, ..Setting::default() }).ending;
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    // Pinned: records of old runs must replay.
    assert_eq!(draw(0).to_string(), "-3008299508264140738 -6799018029792863361");
}

#[test]
fn a_host_call_costs_its_price() {
    let source = |call: &str| {
        format!(
            r#"(module (import "random" "next" (func $next (result i64)))
                (func (export "run") (result i64) (drop {call}) (i64.const 0)))"#
        )
    };
    let called = run(&source("(call $next)"), &[], &Setting::default()).cycles;
    let not = run(&source("(i64.const 1)"), &[], &Setting::default()).cycles;
    assert_eq!(called, not + CYCLES_1.host_call(0));
}

#[test]
fn what_is_not_granted_is_refused_by_name() {
    let genome = text::compile(
        r#"(module (import "senses" "sense" (func $sense (param i32) (result i64)))
            (func (export "run") (result i64) (call $sense (i32.const 0))))"#,
        &Bounds::DEFAULT,
    )
    .expect("a genome");
    let missing: CapabilitySet = [Capability::Senses].into_iter().collect();
    assert_eq!(sandbox().load(&genome, CapabilitySet::EMPTY).err(), Some(Refusal::NotGranted { missing }));
    assert!(sandbox().load(&genome, missing).is_ok());
}

/// Agent 0 asks agent 1 for the double of its number; agent 1 answers one question and ends.
const ASKER: &str = r#"(module
    (import "mail" "me" (func $me (result i32)))
    (import "mail" "ask" (func $ask (param i32 i32 i32 i32)))
    (import "mail" "receive" (func $receive (param i32)))
    (import "mail" "reply" (func $reply (param i64 i32 i32 i32)))
    (memory 1)
    (global (export "__heap_base") i32 (i32.const 1024))
    (func (export "run") (param $n i64) (result i64)
        (if (result i64) (i32.eqz (call $me))
            (then
                (i64.store (i32.const 0) (local.get $n))
                (call $ask (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 64))
                ;; result<list<u8>, fault>: a failed question gives minus one
                (if (result i64) (i32.load8_u (i32.const 64))
                    (then (i64.const -1))
                    (else (i64.load (i32.load (i32.const 68))))))
            (else
                (call $receive (i32.const 128))
                (if (result i64) (i32.load8_u (i32.const 128))
                    (then
                        (i64.store (i32.const 0) (i64.mul (i64.const 2) (i64.load (i32.load (i32.const 152)))))
                        (call $reply (i64.load (i32.const 136)) (i32.const 0) (i32.const 8) (i32.const 256))
                        (i64.extend_i32_u (i32.load8_u (i32.const 256))))
                    (else (i64.const -2)))))))"#;

#[test]
fn a_question_finds_its_answer() {
    let loaded = load(ASKER);
    let setting = Setting::default();
    let inputs = [Input::Numbers(vec![21]), Input::Numbers(vec![0])];
    let agents: Vec<Agent<'_>> =
        inputs.iter().map(|input| Agent { loaded: &loaded, input, setting: &setting }).collect();
    let first = sandbox().run_together(&agents);
    let endings: Vec<String> = first.iter().map(|outcome| outcome.ending.to_string()).collect();
    assert_eq!(endings, ["42", "0"]);
    for _ in 0..20 {
        assert_eq!(sandbox().run_together(&agents), first);
    }
}

#[test]
fn nobody_waits_for_ever() {
    // Two who only listen, and one who asks where nobody is.
    let listener = load(
        r#"(module (import "mail" "receive" (func $receive (param i32))) (memory 1)
            (global (export "__heap_base") i32 (i32.const 1024))
            (func (export "run") (result i64) (call $receive (i32.const 0)) (i64.extend_i32_u (i32.load8_u (i32.const 0)))))"#,
    );
    let setting = Setting::default();
    let input = Input::Numbers(vec![]);
    let agent = Agent { loaded: &listener, input: &input, setting: &setting };
    let outcomes = sandbox().run_together(&[agent, agent]);
    assert!(outcomes.iter().all(|outcome| outcome.ending == Ending::Numbers(vec![0])), "{outcomes:?}");
    let alone = sandbox().run(&load(ASKER), &Input::Numbers(vec![1]), &setting);
    assert_eq!(alone.ending, Ending::Numbers(vec![-1]));
}

#[test]
fn an_agent_that_traps_leaves_the_others_an_answer() {
    let asker = load(ASKER);
    let trapping = load(r#"(module (func (export "run") (result i64) unreachable))"#);
    let setting = Setting::default();
    let (one, none) = (Input::Numbers(vec![1]), Input::Numbers(vec![]));
    let outcomes = sandbox().run_together(&[
        Agent { loaded: &asker, input: &one, setting: &setting },
        Agent { loaded: &trapping, input: &none, setting: &setting },
    ]);
    assert_eq!(outcomes[0].ending, Ending::Numbers(vec![-1]));
    assert!(matches!(outcomes[1].ending, Ending::Trap(Trap { kind: TrapKind::Unreachable, .. })));
}

#[test]
fn an_ecosystem_answers_and_can_fault() {
    let echo = load(
        r#"(module (memory 1) (func (export "answer") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1)))"#,
    );
    let ask = |loaded: &Loaded, prompt: &str| {
        sandbox().run(loaded, &Input::Prompt(prompt.to_owned()), &Setting::default()).ending
    };
    assert_eq!(ask(&echo, "h\u{e9}llo \u{2603}"), Ending::Answer(Ok("h\u{e9}llo \u{2603}".to_owned())));
    let faulting = load(
        r#"(module (memory (export "memory") 1) (data (i32.const 64) "no")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "answer") (param i32 i32) (result i32)
                (i32.store8 (i32.const 0) (i32.const 1))
                (i32.store8 (i32.const 4) (i32.const 2))
                (i32.store (i32.const 8) (i32.const 64))
                (i32.store (i32.const 12) (i32.const 2))
                (i32.const 0)))"#,
    );
    let Ending::Answer(Err(fault)) = ask(&faulting, "x") else { panic!("no fault") };
    assert_eq!((fault.code, fault.message.as_str()), (FaultCode::Denied, "no"));
    let refused = sandbox().run(&echo, &Input::Numbers(vec![]), &Setting::default());
    assert_eq!(refused.ending.code(), "refused:wrong-input");
}

#[test]
fn the_log_keeps_what_it_may() {
    let outcome = run(
        r#"(module (import "log" "write" (func $write (param i32 i32 i32))) (memory 1) (data (i32.const 0) "hello")
            (func (export "run") (result i64)
                (call $write (i32.const 1) (i32.const 0) (i32.const 5))
                (call $write (i32.const 2) (i32.const 0) (i32.const 5))
                (call $write (i32.const 3) (i32.const 0) (i32.const 5))
                (i64.const 0)))"#,
        &[],
        &with(|limits| {
            limits.log_lines = 2;
            limits.log_line_bytes = 4;
        }),
    );
    let lines: Vec<(Level, &str)> = outcome.log.iter().map(|line| (line.level, line.text.as_str())).collect();
    assert_eq!(lines, [(Level::Info, "hell"), (Level::Warn, "hell")]);
    assert_eq!(outcome.log_dropped, 1);
}
