//! A process that commits is killed at random moments; what it leaves is opened and looked at.
//!
//! The child is this test binary, run again with `CHILD` set, so that nothing else needs to be built.
//! `FLUX_BANK_KILLS` says how often; 60 when it is not set.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flux_bank::{Bank, BankError, EdgeRow, Hash, Role};

/// Tells the child which bank to write.
const CHILD: &str = "FLUX_BANK_CRASH_CHILD";
/// Scores and genomes of one transaction.
const A_TRANSACTION: u64 = 40;

fn genome(generation: u64, n: u64) -> Vec<u8> {
    let seed = Hash::of(&[generation.to_le_bytes(), n.to_le_bytes()].concat()).0;
    seed.repeat(1 + (n % 30) as usize)
}

fn key(generation: u64, n: u64) -> Hash {
    Hash::of(&[n.to_le_bytes(), generation.to_le_bytes()].concat())
}

/// Everything that belongs to a generation, in one transaction.
fn commit_generation(bank: &mut Bank, index: u64) -> Result<(), BankError> {
    let run = bank.run("crash")?.map(|run| run.id);
    bank.write(|writer| {
        let run = match run {
            Some(run) => run,
            None => writer.create_run("crash", b"header")?,
        };
        let mut survivors = Vec::new();
        for n in 0..A_TRANSACTION {
            let child = writer.put_genome(&genome(index, n))?;
            if index > 0 {
                let parent = Hash::of(&genome(index - 1, n));
                let how = "mutated".to_owned();
                writer.add_edge(&EdgeRow { child, parent, role: 0, run, generation: index, how })?;
            }
            writer.put_score(&key(index, n), &n.to_le_bytes())?;
            survivors.push(child);
        }
        writer.keep_only(run, &survivors, Role::Survivor)?;
        writer.put_checkpoint(run, &index.to_le_bytes())?;
        let version = writer.add_version("crash", (index > 0).then_some(index), &genome(index, 9), b"")?;
        writer.set_live("crash", version)?;
        writer.put_tape("crash", &genome(index, 11))?;
        writer.put_calibration(b"crash", &index.to_le_bytes())?;
        writer.append_generation(run, index, &genome(index, 7), b"1 ms")
    })
}

#[test]
fn child_that_commits_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut bank = Bank::open(Path::new(&path)).unwrap();
    let mut next = bank.run("crash").unwrap().map_or(0, |run| run.n_generations);
    loop {
        commit_generation(&mut bank, next).unwrap();
        // The parent holds us to every number that it has read.
        println!("\ncommitted {next}");
        next += 1;
    }
}

fn spawn(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_commits_until_it_is_killed", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets a child commit for a while, kills it, and returns how many generations it said it had committed.
fn run_and_kill(path: &Path, after: Duration) -> Option<u64> {
    let mut child = spawn(path);
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        lines.filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok()).last()
    });
    let start = Instant::now();
    while start.elapsed() < after {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Demands a prefix of whole transactions, at least up to the last one that was acknowledged.
fn inspect(path: &Path, acknowledged: Option<u64>) -> u64 {
    let bank = Bank::open(path).unwrap();
    let Some(run) = bank.run("crash").unwrap() else {
        assert_eq!(acknowledged, None);
        assert_eq!(bank.counts().unwrap().genomes, 0);
        return 0;
    };
    let n = run.n_generations;
    assert!(acknowledged.is_none_or(|last| n > last), "{n} generations, {acknowledged:?} acknowledged");
    let counts = bank.counts().unwrap();
    assert_eq!(counts.genomes, n * A_TRANSACTION);
    assert_eq!(counts.scores, n * A_TRANSACTION);
    assert_eq!(counts.edges, (n - 1) * A_TRANSACTION);
    assert_eq!(bank.checkpoint(run.id).unwrap(), Some((n - 1).to_le_bytes().to_vec()));
    assert_eq!((counts.documents, counts.versions, counts.tapes, counts.calibrations), (1, n, 1, 1));
    assert_eq!(bank.document("crash").unwrap().unwrap().live, n);
    assert_eq!(bank.version("crash", n).unwrap().unwrap().text, genome(n - 1, 9));
    assert_eq!(bank.tape("crash").unwrap(), Some(genome(n - 1, 11)));
    assert_eq!(bank.calibration(b"crash").unwrap(), Some((n - 1).to_le_bytes().to_vec()));
    let mut survivors: Vec<Hash> = (0..A_TRANSACTION).map(|i| Hash::of(&genome(n - 1, i))).collect();
    survivors.sort_unstable();
    let kept = bank.kept(run.id).unwrap().into_iter().map(|kept| kept.genome);
    assert_eq!(kept.collect::<Vec<_>>(), survivors);
    for (index, row) in (0..).zip(bank.generations(run.id, 0)) {
        let row = row.unwrap();
        assert_eq!((row.index, row.record), (index, genome(index, 7)));
    }
    n
}

fn kills() -> u64 {
    std::env::var("FLUX_BANK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

/// Moments that look random and are the same in every run of the test, as far as the machine allows.
fn moment(n: u64) -> Duration {
    let random = u64::from_le_bytes(Hash::of(&n.to_le_bytes()).0[..8].try_into().unwrap());
    // A third of them while the file is being made or recovered.
    let most_us = if n.is_multiple_of(3) { 30_000 } else { 200_000 };
    Duration::from_micros(random % most_us)
}

#[test]
fn a_killed_writer_leaves_whole_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let mut path: PathBuf = folder.path().join("0.bank");
    let mut n_committed = 0;
    for n in 0..kills() {
        let acknowledged = run_and_kill(&path, moment(n));
        let n_generations = inspect(&path, acknowledged);
        if n % 10 == 9 {
            let report = Bank::open_read_only(&path).unwrap().check().unwrap();
            assert!(report.is_sound(), "{:?}", report.findings);
            // A new file now and then, so that kills fall into its making.
            n_committed += n_generations;
            path = folder.path().join(format!("{}.bank", n + 1));
        }
    }
    println!("{} kills, {n_committed} transactions", kills());
    assert!(kills() < 10 || n_committed > 0, "no child lived long enough to commit");
}

#[test]
fn a_reader_sees_whole_transactions_while_another_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flux.bank");
    drop(Bank::open(&path).unwrap());
    let mut child = spawn(&path);
    let bank = Bank::open_read_only(&path).unwrap();
    let start = Instant::now();
    let mut n_seen = 0;
    while n_seen < 20 && start.elapsed() < Duration::from_secs(60) {
        n_seen = bank
            .snapshot(|bank| {
                let n = bank.run("crash")?.map_or(0, |run| run.n_generations);
                let counts = bank.counts()?;
                assert_eq!((counts.genomes, counts.generations), (n * A_TRANSACTION, n));
                if n > 0 {
                    let last = Hash::of(&genome(n - 1, 0));
                    assert_eq!(bank.genome(&last)?, Some(genome(n - 1, 0)));
                    assert_eq!(bank.genome(&Hash::of(&genome(n, 0)))?, None);
                }
                Ok::<_, BankError>(n)
            })
            .unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(n_seen >= 20, "only {n_seen} transactions were seen in a minute");
}
