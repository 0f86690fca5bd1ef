//! Properties: what must hold for every seed, number of threads and genome.

use std::num::NonZeroUsize;
use std::path::Path;

use flux_genome::diff::{Change, diff};
use flux_genome::mutate::OperatorKind;
use flux_genome::offspring::{self, Choice, Offspring, OffspringError};
use flux_genome::verify::verify;
use flux_genome::{Bounds, CapabilitySet, Genome, text};
use flux_run::arena::Arena;
use flux_run::arena::Task;
use flux_run::entrant::Entrant;
use flux_run::record::TournamentRecordV1;
use flux_run::referee::Referee;
use flux_run::tournament::{self, Options};
use flux_sandbox::{Ending, Input, Limits, Outcome, Setting};
use flux_tests::tiers::{Agreement, Tiers, arbitrary_program};
use flux_tests::{cli, files, has_extension, root, sandbox};
use proptest::prelude::*;

fn record(arena: &str, jobs: usize, seed: u64) -> String {
    let arena = Arena::load(&root().join("genomes").join(arena)).expect("a shipped arena");
    let rivals = Entrant::read_rivals(&arena, &Bounds::DEFAULT).expect("shipped rivals");
    let options = Options {
        rounds: 2,
        jobs: NonZeroUsize::new(jobs).expect("at least one"),
        seed: Some(seed),
        ..Options::default()
    };
    let held = tournament::hold(sandbox(), &arena, &rivals, &options, &|_| {}).expect("held");
    serde_json::to_string(&TournamentRecordV1::from(&held)).expect("JSON")
}

/// A straight-line program of the operators that `choices` picks.
fn straight_line(choices: &[u8]) -> String {
    let mut body = String::from("(local.get 0)");
    for choice in choices {
        body = match choice % 6 {
            0 => format!("(i64.add {body} (i64.const {choice}))"),
            1 => format!("(i64.mul {body} (local.get 0))"),
            2 => format!("(i64.rotl {body} (i64.const {choice}))"),
            3 => format!("(i64.xor (local.get 0) {body})"),
            4 => format!("(i64.extend_i32_u (i64.eqz {body}))"),
            _ => format!("(block (result i64) (nop) {body})"),
        };
    }
    format!(r#"(module (func (export "run") (param i64) (result i64) {body}))"#)
}

fn run(genome: &Genome, input: i64, cycles: u64) -> Outcome {
    let loaded = sandbox().load(genome, CapabilitySet::EMPTY).expect("loads");
    let setting = Setting { limits: Limits { cycles, ..Limits::DEFAULT }, ..Setting::default() };
    sandbox().run(&loaded, &Input::Numbers(vec![input]), &setting)
}

#[test]
fn a_tournament_is_the_same_with_any_number_of_threads_and_every_time() {
    for arena in ["gcd", "handshake", "thermostat"] {
        let first = record(arena, 1, 7);
        for jobs in [1, 2, 5] {
            assert_eq!(record(arena, jobs, 7), first, "{arena} with {jobs} threads");
        }
    }
    assert_ne!(record("gcd", 1, 7), record("gcd", 1, 8), "the seed draws the generated cases");
}

/// Every genome that the arenas bring, the refused ones left out.
fn shipped() -> Vec<Genome> {
    let texts = files(&root().join("genomes"), &|path| has_extension(path, "wat")).expect("arenas");
    let compile = |path: &std::path::PathBuf| {
        text::compile(&std::fs::read_to_string(path).expect("readable"), &Bounds::DEFAULT).ok()
    };
    texts.iter().filter_map(compile).collect()
}

/// Holds a child against its parents; what is bad luck is no child.
fn check_child(parents: &[Genome], made: Result<Offspring, OffspringError>) -> bool {
    let child = match made {
        Ok(child) => child,
        Err(error) if error.is_bad_luck() => return false,
        Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
    };
    let (what, parent) = (&child.description, &parents[0]);
    assert_ne!(child.genome.id(), parent.id(), "{what}");
    assert_eq!(verify(&child.genome, &parents[..1]).faults, [], "{what}");
    let found = diff(parent, &child.genome).expect("printable");
    assert!(!found.is_empty(), "{what}");
    let changed = |change| found.functions.iter().any(|function| function.change() == change);
    assert!(!changed(Change::Removed) && !changed(Change::Renamed), "{what}");
    true
}

#[test]
fn children_of_shipped_genomes_are_genomes_that_differ() {
    let genomes = shipped();
    let (mut mutants, mut bred) = (0, 0);
    for (at, genome) in genomes.iter().enumerate() {
        let same = genome.with_body(genome.body_module().expect("a body"), &Bounds::DEFAULT);
        assert_eq!(same.as_ref(), Ok(genome));
        let other = &genomes[(at + 1) % genomes.len()];
        let parents = [genome.clone(), other.clone()];
        for seed in 0..4 {
            for operator in OperatorKind::ALL {
                let choice = Choice::Operator(operator);
                let made = offspring::mutate(genome, choice, Some(other), seed, &Bounds::DEFAULT);
                mutants += u32::from(check_child(&parents, made));
            }
            bred += u32::from(check_child(&parents, offspring::breed(genome, other, seed, &Bounds::DEFAULT)));
        }
    }
    let n_genomes = u32::try_from(genomes.len()).expect("few");
    assert!(mutants > 40 * n_genomes && bred > 2 * n_genomes, "{mutants} and {bred} of {n_genomes}");
}

/// Runs a command that must say yes, and returns what it prints.
fn flux_says(args: &[&str]) -> String {
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let printed = cli::flux(&args, b"");
    assert_eq!(printed.status.code(), 0, "{args:?}: {}", printed.stderr);
    printed.stdout
}

#[test]
fn what_encode_writes_decode_reads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (padded, compact, back) = (path("padded.wasm"), path("padded.fxgz"), path("back.wasm"));
    let euclid = root().join("genomes/gcd/euclid.wat").display().to_string();
    flux_says(&["mutate", &euclid, "--operator", "insert-nop", "-o", &padded]);
    flux_says(&["encode", &padded, "-o", &compact]);
    flux_says(&["decode", &compact, "-o", &back]);
    // The padding is gone, and nothing else is.
    assert_eq!(flux_says(&["diff", &euclid, &back]), "");
    assert_eq!(flux_says(&["run", &back, "12", "18"]), "6\n");
}

#[test]
fn tiers_agree_on_every_case_of_the_arenas() {
    let mut n_runs = 0;
    let is_arena = |path: &Path| path.file_name().is_some_and(|name| name == "arena.toml");
    for file in files(&root().join("genomes"), &is_arena).expect("arenas") {
        let arena = Arena::load(&file).expect("a shipped arena");
        let folder = file.parent().expect("an arena's folder");
        let round = Referee::new(sandbox(), &arena, 7).expect("a referee").round(0).expect("cases");
        for path in files(folder, &|path| has_extension(path, "wat")).expect("genomes") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let Ok(genome) = text::compile(&text, &Bounds::DEFAULT) else { continue };
            let Ok(Some(tiers)) = Tiers::load(&genome) else { continue };
            // The families have many arenas of one kind: a few cases of each will do.
            let step = round.cases.len().div_ceil(8);
            for (at, case) in round.cases.iter().enumerate().step_by(step) {
                let Task::Numbers { seats, .. } = &case.task else { continue };
                for cycles in [arena.budget.cycles, 37 * (at as u64 + 1)] {
                    let input = Input::Numbers(seats[0].input.clone());
                    let setting = Setting {
                        limits: Limits { cycles, ..Limits::DEFAULT },
                        seed: at as u64,
                        senses: case.senses.clone(),
                        ..Setting::default()
                    };
                    let agreed = tiers.agree_at_the_edges(&input, &setting);
                    let (_, agreement) = agreed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                    assert_eq!(agreement, Agreement::Same);
                    n_runs += 1;
                }
            }
        }
    }
    assert!(n_runs > 500, "only {n_runs}");
}

/// How many random programs are run in both tiers; `FLUX_DIFFERENTIAL` says otherwise.
fn n_random_programs() -> u64 {
    std::env::var("FLUX_DIFFERENTIAL").map_or(60, |n| n.parse().expect("FLUX_DIFFERENTIAL is a number"))
}

#[test]
fn tiers_agree_on_random_programs() {
    let mut random =
        SplitMix(std::env::var("FLUX_DIFFERENTIAL_SEED").map_or(1, |n| n.parse().expect("a number")));
    let (mut n_programs, mut n_runs, mut n_results, mut n_corners) = (0, 0u64, 0u64, 0u64);
    while n_programs < n_random_programs() {
        let length = 200 + random.below(4000);
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        let form = random.below(4) as usize;
        let Some(genome) = arbitrary_program(&bytes, form) else { continue };
        let Ok(Some(tiers)) = Tiers::load(&genome) else { continue };
        n_programs += 1;
        for run in 0..6 {
            let n_numbers = if form < 2 { 2 - form as u64 } else { random.below(5) };
            let numbers = (0..n_numbers).map(|_| random.number()).collect();
            let mut setting = Setting { seed: random.below(9), ..Setting::default() };
            setting.limits.cycles = if run < 3 { 300_000 } else { random.below(3000) };
            setting.limits.memory_bytes = (1 + random.below(8) as usize) << 16;
            setting.limits.acts = 100;
            setting.senses = [(random.below(3) as u32, vec![random.number(), random.number()])].into();
            let agreed = tiers.agree_at_the_edges(&Input::Numbers(numbers), &setting);
            let (outcome, agreement) = agreed.unwrap_or_else(|error| {
                panic!("program {n_programs}: {error}\n{}", text::print(&genome).expect("prints"))
            });
            n_runs += 1;
            n_results += u64::from(outcome.ending.is_result());
            n_corners += u64::from(agreement == Agreement::Corner);
        }
    }
    assert!(n_corners * 200 <= n_runs, "{n_corners} of {n_runs} runs end differently past their budget");
    assert!(n_results * 20 >= n_runs, "only {n_results} of {n_runs} runs have a result");
}

/// A small generator of the suite's own, so that the same number of programs is always the same programs.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A number that is small half of the time.
    fn number(&mut self) -> i64 {
        match self.below(4) {
            0 => self.below(8) as i64,
            1 => self.below(300) as i64,
            2 => (self.next() >> self.below(64)) as i64,
            _ => -(self.below(8) as i64),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_completes_exactly_when_its_budget_covers_its_cost(
        choices in proptest::collection::vec(any::<u8>(), 0..40),
        input in any::<i64>(),
    ) {
        let genome = text::compile(&straight_line(&choices), &Bounds::DEFAULT).expect("a genome");
        let free = run(&genome, input, Limits::DEFAULT.cycles);
        prop_assert!(matches!(free.ending, Ending::Numbers(_)));
        prop_assert_eq!(&run(&genome, input, free.cycles), &free);
        prop_assert_eq!(run(&genome, input, free.cycles - 1).ending, Ending::OutOfFuel);
        // One cycle for each operator that is not free, on top of what the convention's wrapper costs.
        let priced: u64 = choices.iter().map(|choice| match choice % 6 { 0..=3 => 2, 4 => 2, _ => 0 }).sum();
        let empty = text::compile(&straight_line(&[]), &Bounds::DEFAULT).expect("a genome");
        prop_assert_eq!(free.cycles, run(&empty, input, Limits::DEFAULT.cycles).cycles + priced);
    }

    #[test]
    fn random_modules_are_refused_or_run_and_never_harm(bytes in proptest::collection::vec(any::<u8>(), 1..2000)) {
        let mut choices = arbitrary_module(&bytes);
        // As it is, and as the toolchain's header would make it look.
        if let Ok(genome) = text::from_binary(std::mem::take(&mut choices), &Bounds::DEFAULT) {
            let _ = sandbox().load(&genome, CapabilitySet::EMPTY);
        }
        let mut headed = b"\0asm\x0d\0\x01\0".to_vec();
        headed.extend_from_slice(&bytes);
        prop_assert!(text::from_binary(headed, &Bounds::DEFAULT).is_err());
    }
}

/// A valid core module made from `bytes`; it exports whatever it likes.
fn arbitrary_module(bytes: &[u8]) -> Vec<u8> {
    let mut source = arbitrary::Unstructured::new(bytes);
    match wasm_smith::Module::new(wasm_smith::Config::default(), &mut source) {
        Ok(module) => module.to_bytes(),
        Err(_) => bytes.to_vec(),
    }
}
