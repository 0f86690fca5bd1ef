//! How fast is a mutation beside `wasm-mutate`, and beside reading and writing the module once?
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml [FOLDER]` measures on made modules and on the
//! `.wasm` files of FOLDER (`.ci/real-modules` fetches some). Each figure is a ratio within one run, ours over the
//! baseline's, so less than 1 is faster. The goals: at most 1 against `wasm-mutate` on a body of 3 KB, hoped for 0.2;
//! at most 3 against the round trip on a module of 100 KB.
//!
//! One mutation is: view the module, find a site, change it, write the child. Both sides are given the same seeds;
//! seeds that give no child on a side are skipped on that side, at the cost of the time it took to find out. Neither
//! side validates the child.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use flux_benches::{ratio, workloads};
use flux_genome::mutate::{OperatorKind, mutate};
use wasm_encoder::reencode::{Reencode as _, RoundtripReencoder};
use wasm_mutate::WasmMutate;

/// Seeds that one measurement goes through.
const SEEDS: u64 = 68;

fn main() -> Result<(), Box<dyn Error>> {
    let mut modules = vec![
        ("one body of 3 KB".to_owned(), wat::parse_str(workloads::long_body(190))?),
        ("30 functions".to_owned(), wat::parse_str(workloads::chain(30))?),
        ("one body of 100 KB".to_owned(), wat::parse_str(workloads::long_body(6_200))?),
        ("1,000 functions".to_owned(), wat::parse_str(workloads::chain(1_000))?),
    ];
    if let Some(folder) = env::args_os().nth(1) {
        let mut paths: Vec<_> =
            fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        paths.sort();
        for path in paths.iter().filter(|path| path.extension() == Some(OsStr::new("wasm"))) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            modules.push((name, fs::read(path)?));
        }
    }
    for (name, module) in &modules {
        measure(&format!("{name}, {} bytes", module.len()), module);
    }
    Ok(())
}

fn measure(name: &str, module: &[u8]) {
    let seeds = 0..SEEDS;
    let n_ours = seeds.clone().filter(|&seed| ours(module, seed)).count();
    let n_theirs = seeds.clone().filter(|&seed| theirs(module, seed)).count();
    println!("{name}: {n_ours} children of ours, {n_theirs} of wasm-mutate, from {SEEDS} seeds");
    let all_ours = || seeds.clone().for_each(|seed| _ = black_box(ours(black_box(module), seed)));
    let all_theirs = || seeds.clone().for_each(|seed| _ = black_box(theirs(black_box(module), seed)));
    let medians = (median(module, ours), median(module, theirs));
    println!(
        "median {name}, against wasm-mutate: {:.2} x baseline ({:.1} us against {:.1} us)",
        medians.0.as_secs_f64() / medians.1.as_secs_f64(),
        medians.0.as_secs_f64() * 1e6,
        medians.1.as_secs_f64() * 1e6
    );
    // The time of all seeds together: the mean.
    ratio::measure(&format!("{name}, {SEEDS} seeds, against wasm-mutate"), all_ours, all_theirs);
    let all_round_trips = || seeds.clone().for_each(|_| _ = black_box(round_trip(black_box(module))));
    ratio::measure(&format!("{name}, {SEEDS} seeds, against a round trip"), all_ours, all_round_trips);
}

/// One mutation of ours, by the operators in turn; whether there is a child.
fn ours(module: &[u8], seed: u64) -> bool {
    let operators = OperatorKind::GENERAL;
    let operator = operators[seed as usize % operators.len()];
    black_box(mutate(module, operator, Some(module), seed)).is_ok()
}

/// One mutation of theirs, of those that may change the meaning; whether there is a child.
fn theirs(module: &[u8], seed: u64) -> bool {
    let mut peer = WasmMutate::default();
    peer.seed(seed).preserve_semantics(false).fuel(1_000);
    match peer.run(module) {
        Ok(mut children) => black_box(children.next()).is_some_and(|child| child.is_ok()),
        Err(_) => false,
    }
}

/// Reads a module and writes it again with nothing changed.
fn round_trip(module: &[u8]) -> Option<Vec<u8>> {
    let mut written = wasm_encoder::Module::new();
    let parser = wasmparser::Parser::new(0);
    RoundtripReencoder.parse_core_module(&mut written, parser, module).ok()?;
    Some(written.finish())
}

/// The median over seeds of the time of one mutation that gives a child, each the best of three.
fn median(module: &[u8], one: fn(&[u8], u64) -> bool) -> Duration {
    let mut times: Vec<Duration> = (0..SEEDS)
        .filter_map(|seed| {
            let timed = || {
                let begun = Instant::now();
                let made = one(black_box(module), seed);
                made.then(|| begun.elapsed())
            };
            (0..3).filter_map(|_| timed()).min()
        })
        .collect();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
