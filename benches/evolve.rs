//! How many fresh variants a second does evolution make, measure and tell, on one thread, and where does the time go?
//! Seconds are those that the process has of a processor, where the system says so: others may keep it busy meanwhile.
//!
//! An argument chooses the workloads whose names contain it.
//!
//! The baseline is the bare interpreter on as many copies of the founder with the same inputs, in the same run: no
//! mutation, no verification, no sandbox, no meter, no scores. A second part breeds a hundred thousand variants by
//! destructive operators only, and says what that does to the process.

use std::path::Path;
use std::time::{Duration, Instant};

use flux_benches::contest::cpu_seconds;
use flux_benches::interpreter::{Bare, Cases};
use flux_benches::workloads;
use flux_evolve::policy::{EvolutionPolicy, StopPolicy, Strategy};
use flux_genome::mutate::OperatorKind;
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use flux_run::evolution::{Evolution, Options};
use flux_sandbox::Sandbox;

/// Variants of each measurement.
const N_VARIANTS: u64 = 20_000;

/// x^3 + x^2 + x over a few of its terms: the size of what symbolic regression breeds.
const REGRESSION: &str = r#"(module (func (export "run") (param $x i64) (result i64)
    (i64.add
        (i64.mul (local.get $x) (i64.add (i64.mul (local.get $x) (local.get $x)) (local.get $x)))
        (i64.sub (local.get $x) (i64.const 3)))))"#;

/// What is bred, and on what.
struct Workload {
    name: &'static str,
    founder: String,
    inputs: Vec<i64>,
    /// Cycles that a variant may take.
    budget: u64,
}

impl Workload {
    fn all() -> Vec<Self> {
        vec![
            Self {
                name: "regression, 20 cases",
                founder: REGRESSION.to_owned(),
                inputs: (0..20).collect(),
                budget: 1_000,
            },
            Self {
                name: "20 operators, 20 cases",
                founder: workloads::SHORT_LOOP.to_owned(),
                inputs: vec![10; 20],
                budget: 2_000,
            },
            Self {
                name: "30 functions, 10 cases of 10,000 cycles",
                founder: workloads::chain_loop(30),
                inputs: (6..16).collect(),
                budget: 100_000,
            },
        ]
    }

    /// An arena with every input as a case, whose expected results nobody has: what is measured is the same.
    fn arena(&self) -> Arena {
        let mut text = format!(
            "name = \"bench\"\nworld = \"program\"\nheld_out = 0.0\n[budget]\ncycles = {}\n",
            self.budget
        );
        for input in &self.inputs {
            text.push_str(&format!("[[case]]\ninput = [{input}]\nexpected = [-1]\n"));
        }
        Arena::parse("bench.toml", &text, Path::new(".")).expect("an arena")
    }

    fn entrant(&self) -> Entrant {
        Entrant { name: "founder".to_owned(), genome: workloads::genome(&self.founder) }
    }
}

fn policy(strategy: Strategy, n_variants: u64) -> EvolutionPolicy {
    EvolutionPolicy {
        strategy,
        children: 512,
        stop: StopPolicy {
            variants: n_variants,
            generations: 0,
            patience: 0,
            ..EvolutionPolicy::default().stop
        },
        ..EvolutionPolicy::default()
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark's figures are its output")]
fn throughput(sandbox: &Sandbox, workload: &Workload, strategy: Strategy) {
    let arena = workload.arena();
    let options = Options { policy: policy(strategy, N_VARIANTS), ..Options::default() };
    let mut run = Evolution::begin(sandbox, &arena, &[workload.entrant()], &options).expect("begins");
    let (mut making, mut measuring, mut total) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let begun = (Instant::now(), cpu_seconds());
    while run.stop().is_none() {
        let step = run.step(&|_| None).expect("a generation");
        making += step.timings.making;
        measuring += step.timings.measuring;
        total += step.timings.total;
    }
    let (on_the_clock, on_a_processor) = since(begun);
    let counts = run.counts();
    let fresh = counts.measured.max(1);

    let module = wat::parse_str(&workload.founder).expect("parses");
    let mut bare = Bare::new();
    let begun = (Instant::now(), cpu_seconds());
    for _ in 0..2_000 {
        std::hint::black_box(bare.evaluate(&module, &workload.inputs, Cases::Shared));
    }
    let bare_each = since(begun).1.as_secs_f64() / 2_000.0;

    let seconds = on_a_processor.as_secs_f64();
    let share = |part: Duration| 100.0 * part.as_secs_f64() / total.as_secs_f64();
    println!(
        "evolve/{}/{}: {:.0} fresh variants/s, {:.0} with those known before, {:.2} M case evaluations/s; \
         making {:.0} %, measuring {:.0} %, telling {:.0} %; {:.2} of the bare interpreter's {:.0}/s; {:.2} of a processor",
        workload.name,
        strategy.name(),
        fresh as f64 / seconds,
        counts.made as f64 / seconds,
        fresh as f64 * workload.inputs.len() as f64 / seconds / 1e6,
        share(making),
        share(measuring),
        share(total.saturating_sub(making + measuring)),
        fresh as f64 / seconds * bare_each,
        1.0 / bare_each,
        seconds / on_the_clock.as_secs_f64(),
    );
}

/// Time that has gone by on the clock, and on a processor.
fn since((begun, processor): (Instant, f64)) -> (Duration, Duration) {
    (begun.elapsed(), Duration::from_secs_f64((cpu_seconds() - processor).max(0.0)))
}

/// Resident memory of this process in KiB, where the system says so.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[expect(clippy::print_stdout, reason = "a benchmark's figures are its output")]
fn destruction(sandbox: &Sandbox) {
    let workload = &Workload::all()[1];
    let arena = workload.arena();
    let mut policy = policy(Strategy::Islands, 100_000);
    policy.operators = vec![
        OperatorKind::DeleteWindow,
        OperatorKind::Prune,
        OperatorKind::RetargetLocal,
        OperatorKind::PatchJump,
        OperatorKind::Amplify,
    ];
    policy.more = 0.75;
    let options = Options { policy, ..Options::default() };
    let mut run = Evolution::begin(sandbox, &arena, &[workload.entrant()], &options).expect("begins");
    let mut marks = Vec::new();
    let mut seconds = 0.0;
    let mut last = (0, 0.0);
    while run.stop().is_none() {
        let step = run.step(&|_| None).expect("a generation");
        seconds += step.timings.total.as_secs_f64();
        if run.n_proposed() - last.0 >= 20_000 {
            let rate = (run.n_proposed() - last.0) as f64 / (seconds - last.1);
            marks.push(format!(
                "{}: {rate:.0}/s, {} KiB",
                run.n_proposed(),
                resident_kib().map_or_else(|| "?".to_owned(), |kib| kib.to_string())
            ));
            last = (run.n_proposed(), seconds);
        }
    }
    println!("evolve/destructive operators, by variants proposed: {}", marks.join("; "));
}

fn main() {
    // `cargo test --benches` asks every bench whether it runs at all.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let sandbox = Sandbox::new().expect("a sandbox");
    for workload in Workload::all() {
        for strategy in [Strategy::RandomSearch, Strategy::Tournament] {
            if is_wanted(&format!("{}/{}", workload.name, strategy.name())) {
                throughput(&sandbox, &workload, strategy);
            }
        }
    }
    if is_wanted("destructive") {
        destruction(&sandbox);
    }
}
