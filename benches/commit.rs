//! What does it cost to keep a generation? The baseline appends the same bytes to a file and waits for the disk.
//!
//! `cargo run --release -p flux-bank --example measure` has the figures of single operations.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_bank::{Bank, BankError, Hash};
use flux_benches::ratio;

/// A generation of eight genomes of 300 bytes and 64 scores of 40.
fn commit(criterion: &mut Criterion) {
    // Beside the build, which is on a disk; a temporary folder may be in memory, where nothing has to be waited for.
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("a folder");
    let mut bank = Bank::open(&folder.path().join("flux.bank")).expect("a bank");
    let run = bank.write(|writer| writer.create_run("bench", b"")).expect("a run");
    let mut index = 0;
    let mut ours = || {
        bank.write(|writer| -> Result<(), BankError> {
            for n in 0..8 {
                writer.put_genome(&bytes(index * 64 + n))?;
            }
            for n in 0..64 {
                writer.put_score(&Hash::of(&(index * 64 + n).to_le_bytes()), &[5; 40])?;
            }
            writer.append_generation(run, index, &[9; 500], &[8; 50])
        })
        .expect("commits");
        index += 1;
    };
    let mut file = File::create(folder.path().join("log")).expect("a file");
    let mut n = 0;
    let mut append = || {
        for _ in 0..8 {
            file.write_all(&bytes(n)).expect("writes");
            n += 1;
        }
        file.write_all(&[5; 64 * 72 + 550]).expect("writes");
        file.sync_data().expect("reaches the disk");
    };
    criterion.bench_function("commit/generation/bank", |b| b.iter(&mut ours));
    criterion.bench_function("commit/generation/append-and-sync", |b| b.iter(&mut append));
    ratio::measure("commit/generation, the bank against a file", &mut ours, &mut append);
}

fn bytes(n: u64) -> Vec<u8> {
    let seed = Hash::of(&n.to_le_bytes()).0;
    seed.repeat(10).into_iter().take(300).collect()
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = commit
}
criterion_main!(benches);
