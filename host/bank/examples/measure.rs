//! Measures what a run asks of a bank: `cargo run --release -p flux-bank --example measure -- [FOLDER]`.
//!
//! The folder must be on a disk: in memory, a transaction costs no waiting for the disk.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flux_bank::{Bank, BankError, EdgeRow, Hash, Mode, Role, Scores};

const GENOMES: u64 = 20_000;
const SCORES: u64 = 1_000_000;
/// Scores of one transaction, about what a generation of a large population brings.
const AT_ONCE: u64 = 50_000;
const TRANSACTIONS: u64 = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let mut bank = Bank::open(&folder.path().join("flux.bank"))?;
    let mut out = io::stdout().lock();
    let mut say = |what: &str, n: u64, took: Duration| {
        let each = took.as_secs_f64() * 1e6 / n as f64;
        writeln!(out, "{what:50} {:>12.0} a second {each:>10.2} us each", n as f64 / took.as_secs_f64())
    };

    let run = bank.write(|writer| writer.create_run("measure", b"header"))?;
    let parent = bank.write(|writer| writer.put_genome(b"parent"))?;
    let mut took = Vec::new();
    let start = Instant::now();
    for index in 0..TRANSACTIONS {
        let start = Instant::now();
        bank.write(|writer| -> Result<(), BankError> {
            for n in 0..8 {
                let child = writer.put_genome(&genome(index * 8 + n + GENOMES))?;
                let how = "insert-nop".to_owned();
                writer.add_edge(&EdgeRow { child, parent, role: 0, run, generation: index, how })?;
                writer.keep(run, &child, Role::Survivor)?;
            }
            for n in 0..64 {
                writer.put_score(&key(SCORES + index * 64 + n), &[5; 40])?;
            }
            writer.put_checkpoint(run, &[3; 2000])?;
            writer.append_generation(run, index, &[9; 500], &[8; 50])
        })?;
        took.push(start.elapsed());
    }
    say("generations, each a durable transaction", TRANSACTIONS, start.elapsed())?;
    took.sort_unstable();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    say("  their median", 1, at(0.5))?;
    say("  their 99th percentile", 1, at(0.99))?;

    let start = Instant::now();
    bank.write(|writer| (0..GENOMES).try_for_each(|n| writer.put_genome(&genome(n)).map(|_| ())))?;
    say("genomes of 300 bytes, in one transaction", GENOMES, start.elapsed())?;
    let start = Instant::now();
    for n in 0..GENOMES {
        bank.genome(&Hash::of(&genome(n)))?;
    }
    say("genomes read and checked", GENOMES, start.elapsed())?;

    let start = Instant::now();
    for first in (0..SCORES).step_by(AT_ONCE as usize) {
        bank.write(|writer| (first..first + AT_ONCE).try_for_each(|n| writer.put_score(&key(n), &[5; 40])))?;
    }
    say("scores stored, 50,000 in a transaction", SCORES, start.elapsed())?;
    let start = Instant::now();
    for n in 0..200_000 {
        bank.score(&key(n * 5))?;
    }
    say("scores read out of a million, one by one", 200_000, start.elapsed())?;
    let start = Instant::now();
    bank.snapshot(|bank| (0..200_000).try_for_each(|n| bank.score(&key(n * 5 + 1)).map(|_| ())))?;
    say("scores read out of a million, in a snapshot", 200_000, start.elapsed())?;
    let start = Instant::now();
    bank.snapshot(|bank| (0..200_000).try_for_each(|n| bank.score(&key(2 * SCORES + n)).map(|_| ())))?;
    say("scores that are not there, in a snapshot", 200_000, start.elapsed())?;

    let start = Instant::now();
    let report = bank.check()?;
    let counts = report.checked;
    say("rows checked", counts.genomes + counts.scores + counts.generations, start.elapsed())?;
    let start = Instant::now();
    let collected = bank.gc(Scores::Keep, Mode::Do)?;
    say("genomes thrown away", collected.genomes, start.elapsed())?;
    let start = Instant::now();
    let compacted = bank.compact()?;
    say("bytes compacted", compacted.after_bytes, start.elapsed())?;
    writeln!(out, "the file has {} bytes, sound: {}", compacted.after_bytes, report.is_sound())?;
    Ok(())
}

/// About 300 bytes that compress as a genome does: to some two thirds.
fn genome(n: u64) -> Vec<u8> {
    let own = Hash::of(&n.to_le_bytes()).0;
    let mut bytes = b"\0asm\x0d\0\x01\0run senses canonical-abi".repeat(3);
    bytes.extend((0..6u8).flat_map(|part| Hash::of(&[own.as_slice(), &[part]].concat()).0));
    bytes.truncate(300);
    bytes
}

fn key(n: u64) -> Hash {
    Hash::of(&[n.to_le_bytes(), [1; 8]].concat())
}
