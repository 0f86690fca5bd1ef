//! The bank against a model of it, and its refusals at their edges.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::limits::{CALIBRATION_BYTES, HOW_BYTES, KEY_BYTES, NAME_BYTES, SCORE_BYTES};
use crate::{
    Bank, BankError, Counts, DocumentRow, EdgeRow, Found, Hash, OpenError, Role, RunId, VersionRow, schema,
};

/// A bank in a fresh folder.
pub(crate) fn fresh() -> (TempDir, Bank) {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::open(&folder.path().join("flux.bank")).unwrap();
    (folder, bank)
}

fn write<T>(bank: &mut Bank, f: impl FnOnce(&mut crate::Writer<'_>) -> Result<T, BankError>) -> T {
    bank.write(f).unwrap()
}

#[test]
fn the_engine_is_a_version_without_known_faults() {
    assert!(rusqlite::version_number() >= 3_051_003, "SQLite {}", rusqlite::version());
}

#[test]
fn a_bank_can_be_sent_to_a_thread() {
    fn sent<T: Send>(_: &T) {}
    let (_folder, bank) = fresh();
    sent(&bank);
}

#[test]
fn a_failed_transaction_leaves_nothing() {
    let (_folder, mut bank) = fresh();
    let result = bank.write(|writer| {
        writer.put_genome(b"one")?;
        writer.create_run("spring", b"")?;
        writer.create_run("spring", b"")
    });
    assert!(matches!(result, Err(BankError::NameTaken { ref name, .. }) if name == "spring"), "{result:?}");
    assert_eq!(bank.counts().unwrap(), Counts::default());
}

#[test]
fn an_error_that_was_handled_leaves_the_rest_of_the_transaction() {
    let (_folder, mut bank) = fresh();
    write(&mut bank, |writer| {
        let run = writer.create_run("spring", b"")?;
        let result = writer.append_generation(run, 1, b"", b"");
        assert_eq!(result.unwrap_err().to_string(), "expected generation 0 of run `spring`, found 1");
        writer.append_generation(run, 0, b"record", b"timings")
    });
    assert_eq!(bank.run("spring").unwrap().unwrap().n_generations, 1);
}

#[test]
fn a_full_disk_undoes_the_transaction_and_nothing_else() {
    let (_folder, mut bank) = fresh();
    write(&mut bank, |writer| writer.put_genome(b"before"));
    let pages = |bank: &Bank, most: u32| {
        let set = format!("PRAGMA max_page_count = {most}");
        bank.connection.query_row(&set, [], |row| row.get::<_, u32>(0)).unwrap()
    };
    let used = pages(&bank, 1);
    pages(&bank, used + 4);
    let noise =
        |n: u32| (0..100u32).flat_map(move |part| Hash::of(&[n, part].map(u32::to_le_bytes).concat()).0);
    let fill = |writer: &mut crate::Writer<'_>| {
        (0..100).try_for_each(|n| writer.put_genome(&noise(n).collect::<Vec<_>>()).map(|_| ()))
    };
    let error = bank.write(fill).unwrap_err();
    assert!(matches!(error, BankError::Full { .. }), "{error:?}");
    // Whoever does not look at the error of an operation does not get half a transaction.
    let result = bank.write(|writer| {
        let _ = fill(writer);
        writer.put_score(&Hash::of(b"key"), b"after the failure")
    });
    assert!(matches!(result, Err(BankError::Undone { .. })), "{result:?}");
    let counts = bank.counts().unwrap();
    assert_eq!((counts.genomes, counts.scores), (1, 0));
    pages(&bank, 1_000_000);
    write(&mut bank, fill);
    assert_eq!(bank.counts().unwrap().genomes, 101);
}

#[test]
fn a_finished_run_takes_no_generation_until_it_is_reopened() {
    let (_folder, mut bank) = fresh();
    let run = write(&mut bank, |writer| {
        let run = writer.create_run("spring", b"header")?;
        writer.finish_run(run, b"footer")?;
        Ok(run)
    });
    assert_eq!(bank.run("spring").unwrap().unwrap().footer.as_deref(), Some(b"footer".as_slice()));
    let result = bank.write(|writer| writer.append_generation(run, 0, b"", b""));
    assert_eq!(result.unwrap_err().to_string(), "run `spring` is finished");
    write(&mut bank, |writer| {
        writer.reopen_run(run)?;
        writer.append_generation(run, 0, b"", b"")
    });
    let row = bank.run_of(run).unwrap().unwrap();
    assert_eq!((row.header.as_slice(), row.footer, row.n_generations), (b"header".as_slice(), None, 1));
}

#[test]
fn what_is_referred_to_must_be_there() {
    let (_folder, mut bank) = fresh();
    let nobody = Hash::of(b"nobody");
    let run = write(&mut bank, |writer| writer.create_run("spring", b""));
    let keep = bank.write(|writer| writer.keep(run, &nobody, Role::Founder));
    assert!(matches!(keep, Err(BankError::UnknownGenome { .. })), "{keep:?}");
    let elsewhere = bank.write(|writer| writer.put_checkpoint(RunId(99), b""));
    assert!(matches!(elsewhere, Err(BankError::UnknownRun { .. })), "{elsewhere:?}");
}

#[test]
fn limits_hold_at_their_edges() {
    let (_folder, mut bank) = fresh();
    let key = Hash::of(b"key");
    let score = |bank: &mut Bank, n: u64| bank.write(|writer| writer.put_score(&key, &vec![1; n as usize]));
    score(&mut bank, SCORE_BYTES).unwrap();
    let error = score(&mut bank, SCORE_BYTES + 1).unwrap_err();
    assert_eq!(error.to_string(), "score has 65537 bytes, the limit is 65536");

    let name = |bank: &mut Bank, name: &str| bank.write(|writer| writer.create_run(name, b""));
    name(&mut bank, &"n".repeat(NAME_BYTES as usize)).unwrap();
    for wrong in ["", " spring", "a\nb", &"n".repeat(NAME_BYTES as usize + 1)] {
        assert!(matches!(name(&mut bank, wrong), Err(BankError::Name { .. })), "{wrong:?}");
    }

    let calibrate = |bank: &mut Bank, key: u64, value: u64| {
        bank.write(|writer| writer.put_calibration(&vec![1; key as usize], &vec![1; value as usize]))
    };
    calibrate(&mut bank, KEY_BYTES, CALIBRATION_BYTES).unwrap();
    for (key, value) in [(KEY_BYTES + 1, 1), (1, CALIBRATION_BYTES + 1)] {
        assert!(matches!(calibrate(&mut bank, key, value), Err(BankError::TooLarge { .. })), "{key} {value}");
    }

    let run = name(&mut bank, "spring").unwrap();
    let edge = |bank: &mut Bank, n: u64| {
        bank.write(|writer| {
            let genome = writer.put_genome(b"genome")?;
            let how = "h".repeat(n as usize);
            writer.add_edge(&EdgeRow { child: genome, parent: genome, role: 0, run, generation: 0, how })
        })
    };
    edge(&mut bank, HOW_BYTES).unwrap();
    assert!(matches!(edge(&mut bank, HOW_BYTES + 1), Err(BankError::TooLarge { .. })));
}

#[test]
fn going_back_to_an_earlier_version_loses_none() {
    let (_folder, mut bank) = fresh();
    let numbers = write(&mut bank, |writer| {
        let first = writer.add_version("demo", None, b"one", b"by hand")?;
        let second = writer.add_version("demo", Some(first), b"two", b"by the designer")?;
        writer.set_live("demo", second)?;
        writer.set_live("demo", first)?;
        let third = writer.add_version("demo", Some(first), b"three", b"")?;
        Ok([first, second, third])
    });
    assert_eq!(numbers, [1, 2, 3]);
    let document = DocumentRow { name: "demo".to_owned(), live: 1, n_versions: 3 };
    assert_eq!(bank.document("demo").unwrap(), Some(document));
    assert_eq!(bank.version("demo", 2).unwrap().unwrap().text, b"two");
    assert_eq!(bank.version("demo", 4).unwrap(), None);
    assert_eq!(bank.version("other", 1).unwrap(), None);
    for (name, number) in [("demo", 4), ("demo", 0), ("demo", u64::MAX), ("other", 1)] {
        let result = bank.write(|writer| writer.set_live(name, number));
        assert!(matches!(result, Err(BankError::UnknownVersion { .. })), "{name} {number}: {result:?}");
    }
    let error = bank.write(|writer| writer.add_version("demo", Some(9), b"", b"")).unwrap_err();
    assert!(error.to_string().ends_with("has no version 9 of document `demo`"), "{error}");
}

/// A bank of version 1 with a run, as a flux of that time made it.
fn version_1() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flux.bank");
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    schema::make(&mut connection, 0, 1).unwrap();
    let header = b"\0header";
    connection
        .execute(
            "INSERT INTO run (name, header, footer, sum) VALUES ('spring', ?1, NULL, ?2)",
            rusqlite::params![header, crate::writer::run_sum("spring", header, None)],
        )
        .unwrap();
    (folder, path)
}

#[test]
fn a_bank_of_an_earlier_version_is_read_as_it_is() {
    let (_folder, path) = version_1();
    let bank = Bank::open_read_only(&path).unwrap();
    assert_eq!(bank.run("spring").unwrap().unwrap().header, b"header");
    assert_eq!(bank.counts().unwrap(), Counts { runs: 1, ..Counts::default() });
    assert_eq!((bank.documents().unwrap(), bank.tapes().unwrap()), (vec![], vec![]));
    assert_eq!((bank.document("demo").unwrap(), bank.version("demo", 1).unwrap()), (None, None));
    assert_eq!((bank.tape("demo").unwrap(), bank.calibration(b"judge").unwrap()), (None, None));
    assert_eq!(bank.calibrations().unwrap(), Vec::<Vec<u8>>::new());
    assert!(bank.check().unwrap().is_sound());
    bank.export(&crate::Selection::All, &mut Vec::new()).unwrap();
    assert_eq!(schema::version(&bank.connection).unwrap(), 1);
}

#[test]
fn a_bank_of_an_earlier_version_gets_its_tables_and_keeps_what_it_holds() {
    let (_folder, path) = version_1();
    // A reader from before sees what is stored after.
    let reader = Bank::open_read_only(&path).unwrap();
    let mut bank = Bank::open(&path).unwrap();
    write(&mut bank, |writer| {
        writer.add_version("demo", None, b"text", b"")?;
        writer.put_tape("demo", b"tape")?;
        writer.put_calibration(b"judge", b"figures")
    });
    drop(bank);
    let counts =
        Counts { runs: 1, documents: 1, versions: 1, tapes: 1, calibrations: 1, ..Counts::default() };
    for bank in [reader, Bank::open(&path).unwrap()] {
        assert_eq!(bank.counts().unwrap(), counts);
        assert_eq!(bank.version("demo", 1).unwrap().unwrap().text, b"text");
        assert_eq!(bank.tape("demo").unwrap().as_deref(), Some(b"tape".as_slice()));
        assert_eq!(bank.calibration(b"judge").unwrap().as_deref(), Some(b"figures".as_slice()));
        let report = bank.check().unwrap();
        assert_eq!((report.checked, report.findings), (counts, vec![]));
    }
}

#[test]
fn names_and_prefixes_are_found() {
    let (_folder, mut bank) = fresh();
    let hash = write(&mut bank, |writer| {
        writer.create_run("spring", b"")?;
        writer.create_run("spring-2", b"")?;
        writer.create_run("autumn", b"")?;
        writer.put_genome(b"genome")
    });
    let run = |name: &str| Found::Run(bank.run(name).unwrap().unwrap());
    assert_eq!(bank.find("spring").unwrap(), run("spring"));
    assert_eq!(bank.find("aut").unwrap(), run("autumn"));
    let several = Found::Several(vec!["spring".to_owned(), "spring-2".to_owned()]);
    assert_eq!(bank.find("spr").unwrap(), several);
    assert_eq!(bank.find(&hash.short()).unwrap(), Found::Genome(hash));
    assert_eq!(bank.find(&hash.to_string().to_uppercase()).unwrap(), Found::Genome(hash));
    assert_eq!(bank.find("").unwrap(), Found::Nothing);
    assert_eq!(bank.find("winter").unwrap(), Found::Nothing);
}

#[test]
fn one_bank_writes_at_a_time_and_others_read() {
    let (folder, mut bank) = fresh();
    let path = folder.path().join("flux.bank");
    let reader = Bank::open_read_only(&path).unwrap();
    write(&mut bank, |writer| writer.put_genome(b"genome"));
    assert_eq!(reader.counts().unwrap().genomes, 1);
    let n = reader.snapshot(|reader| {
        let before = reader.counts()?.genomes;
        write(&mut bank, |writer| writer.put_genome(b"another"));
        Ok::<_, BankError>((before, reader.counts()?.genomes))
    });
    assert_eq!(n.unwrap(), (1, 1));
    assert_eq!(reader.counts().unwrap().genomes, 2);
    let mut reader = reader;
    let result = reader.write(|writer| writer.put_genome(b"third"));
    assert!(matches!(result, Err(BankError::ReadOnly { .. })), "{result:?}");

    let second = crate::open::lock(&path, Duration::from_millis(50)).err().unwrap();
    let expected = format!("({}), and was not let go in 50ms", std::process::id());
    assert!(matches!(second, OpenError::Busy { .. }), "{second:?}");
    assert!(second.to_string().ends_with(&expected), "{second}");
    drop(bank);
    Bank::open(&path).unwrap();
}

#[test]
fn a_bank_that_is_not_there_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flux.bank");
    assert!(matches!(Bank::open_read_only(&path), Err(OpenError::Missing { .. })));
    assert!(!path.exists());
}

/// An operation of the model test; genomes, runs and keys are small numbers, so that they meet.
#[derive(Clone, Debug)]
enum Step {
    Genome(u8),
    Run(u8),
    Generation(u8),
    Checkpoint(u8, u8),
    Keep(u8, u8, usize),
    KeepOnly(u8, Vec<u8>),
    Release(u8, u8, usize),
    Edge(u8, u8, u8),
    Score(u8, u8),
    Finish(u8, u8),
    Version(u8, Option<u8>, u8),
    Live(u8, u8),
    Tape(u8, u8),
    Calibration(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0u8..4;
    let many = 0u8..12;
    prop_oneof![
        many.clone().prop_map(Step::Genome),
        few.clone().prop_map(Step::Run),
        few.clone().prop_map(Step::Generation),
        (few.clone(), any::<u8>()).prop_map(|(run, state)| Step::Checkpoint(run, state)),
        (few.clone(), many.clone(), 0usize..3).prop_map(|(run, genome, role)| Step::Keep(run, genome, role)),
        (few.clone(), prop::collection::vec(many.clone(), 0..4))
            .prop_map(|(run, genomes)| Step::KeepOnly(run, genomes)),
        (few.clone(), many.clone(), 0usize..3)
            .prop_map(|(run, genome, role)| Step::Release(run, genome, role)),
        (few.clone(), many.clone(), many.clone())
            .prop_map(|(run, child, parent)| Step::Edge(run, child, parent)),
        (many, any::<u8>()).prop_map(|(key, value)| Step::Score(key, value)),
        (few.clone(), any::<u8>()).prop_map(|(run, footer)| Step::Finish(run, footer)),
        (few.clone(), prop::option::of(few.clone()), any::<u8>())
            .prop_map(|(name, parent, text)| Step::Version(name, parent, text)),
        (few.clone(), few.clone()).prop_map(|(name, number)| Step::Live(name, number)),
        (few.clone(), any::<u8>()).prop_map(|(name, bytes)| Step::Tape(name, bytes)),
        (few, any::<u8>()).prop_map(|(key, value)| Step::Calibration(key, value)),
    ]
}

/// What the bank should hold, in maps.
#[derive(Clone, Debug, Default)]
struct Model {
    genomes: BTreeMap<Hash, Vec<u8>>,
    runs: BTreeMap<String, ModelRun>,
    edges: BTreeMap<(Hash, Hash, String), String>,
    scores: BTreeMap<Hash, Vec<u8>>,
    documents: BTreeMap<String, ModelDocument>,
    tapes: BTreeMap<String, Vec<u8>>,
    calibrations: BTreeMap<Vec<u8>, Vec<u8>>,
}

#[derive(Clone, Debug, Default)]
struct ModelDocument {
    live: u64,
    versions: Vec<VersionRow>,
}

#[derive(Clone, Debug, Default)]
struct ModelRun {
    footer: Option<Vec<u8>>,
    generations: Vec<Vec<u8>>,
    checkpoint: Option<Vec<u8>>,
    kept: BTreeSet<(Role, Hash)>,
}

/// Bytes of a genome: some compress well, some hardly, some not at all.
fn genome(n: u8) -> Vec<u8> {
    let seed = Hash::of(&[n]).0;
    seed.repeat(usize::from(n % 4)).into_iter().chain([n]).collect()
}

impl Model {
    /// Does to the model what `apply` does to the bank; false where the bank must refuse.
    fn apply(&mut self, step: &Step) -> bool {
        let known = |model: &Self, n: u8| model.genomes.contains_key(&Hash::of(&genome(n)));
        let name = |n: u8| format!("run {n}");
        match step {
            Step::Genome(n) => {
                self.genomes.insert(Hash::of(&genome(*n)), genome(*n));
                true
            }
            Step::Run(n) => {
                let is_new = !self.runs.contains_key(&name(*n));
                self.runs.entry(name(*n)).or_default();
                is_new
            }
            Step::Generation(n) => match self.runs.get_mut(&name(*n)) {
                Some(run) if run.footer.is_none() => {
                    run.generations.push(genome(run.generations.len() as u8));
                    true
                }
                _ => false,
            },
            Step::Checkpoint(n, state) => {
                self.runs.get_mut(&name(*n)).map(|run| run.checkpoint = Some(genome(*state))).is_some()
            }
            Step::Keep(n, kept, role) => {
                let is_known = known(self, *kept);
                let run = self.runs.get_mut(&name(*n)).filter(|_| is_known);
                run.map(|run| run.kept.insert((Role::ALL[*role], Hash::of(&genome(*kept))))).is_some()
            }
            Step::KeepOnly(n, kept) => {
                let are_known = kept.iter().all(|kept| known(self, *kept));
                let Some(run) = self.runs.get_mut(&name(*n)).filter(|_| are_known) else { return false };
                run.kept.retain(|(role, _)| *role != Role::Survivor);
                run.kept.extend(kept.iter().map(|kept| (Role::Survivor, Hash::of(&genome(*kept)))));
                true
            }
            Step::Release(n, kept, role) => {
                let run = self.runs.get_mut(&name(*n));
                run.map(|run| run.kept.remove(&(Role::ALL[*role], Hash::of(&genome(*kept))))).is_some()
            }
            Step::Edge(n, child, parent) => {
                let is_whole =
                    known(self, *child) && known(self, *parent) && self.runs.contains_key(&name(*n));
                if is_whole {
                    let key = (Hash::of(&genome(*child)), Hash::of(&genome(*parent)), name(*n));
                    self.edges.insert(key, "made".to_owned());
                }
                is_whole
            }
            Step::Score(key, value) => {
                self.scores.entry(Hash::of(&[*key])).or_insert_with(|| vec![*value]);
                true
            }
            Step::Finish(n, footer) => {
                self.runs.get_mut(&name(*n)).map(|run| run.footer = Some(vec![*footer])).is_some()
            }
            Step::Version(n, parent, text) => {
                let parent = parent.map(u64::from);
                let n_versions = self.documents.get(&name(*n)).map_or(0, |found| found.versions.len() as u64);
                if parent.is_some_and(|parent| !(1..=n_versions).contains(&parent)) {
                    return false;
                }
                let document = self.documents.entry(name(*n)).or_default();
                let record = name(*text).into_bytes();
                let number = n_versions + 1;
                document.versions.push(VersionRow { number, parent, text: genome(*text), record });
                document.live = document.live.max(1);
                true
            }
            Step::Live(n, number) => match self.documents.get_mut(&name(*n)) {
                Some(document) if (1..=document.versions.len() as u64).contains(&(*number).into()) => {
                    document.live = (*number).into();
                    true
                }
                _ => false,
            },
            Step::Tape(n, bytes) => {
                self.tapes.insert(name(*n), genome(*bytes));
                true
            }
            Step::Calibration(key, value) => {
                self.calibrations.insert(vec![*key], vec![*value]);
                true
            }
        }
    }

    fn assert_is(&self, bank: &Bank) {
        let counts = Counts {
            genomes: self.genomes.len() as u64,
            runs: self.runs.len() as u64,
            generations: self.runs.values().map(|run| run.generations.len() as u64).sum(),
            edges: self.edges.len() as u64,
            scores: self.scores.len() as u64,
            documents: self.documents.len() as u64,
            versions: self.documents.values().map(|document| document.versions.len() as u64).sum(),
            tapes: self.tapes.len() as u64,
            calibrations: self.calibrations.len() as u64,
        };
        assert_eq!(bank.counts().unwrap(), counts);
        let listed: Vec<Hash> = bank.genomes().map(|row| row.unwrap().hash).collect();
        assert_eq!(listed, self.genomes.keys().copied().collect::<Vec<_>>());
        for (hash, bytes) in &self.genomes {
            assert_eq!(bank.genome(hash).unwrap().as_ref(), Some(bytes));
            let parents: BTreeSet<Hash> =
                self.edges.keys().filter(|key| key.0 == *hash).map(|key| key.1).collect();
            assert_eq!(
                bank.parents(hash).unwrap().iter().map(|edge| edge.parent).collect::<BTreeSet<_>>(),
                parents
            );
            let children: BTreeSet<Hash> =
                self.edges.keys().filter(|key| key.1 == *hash).map(|key| key.0).collect();
            assert_eq!(
                bank.children(hash).unwrap().iter().map(|edge| edge.child).collect::<BTreeSet<_>>(),
                children
            );
        }
        for (name, model) in &self.runs {
            let run = bank.run(name).unwrap().unwrap();
            assert_eq!(run.header, name.as_bytes());
            assert_eq!(run.footer, model.footer);
            assert_eq!(run.n_generations, model.generations.len() as u64);
            let records: Vec<Vec<u8>> =
                bank.generations(run.id, 0).map(|generation| generation.unwrap().record).collect();
            assert_eq!(records, model.generations);
            assert_eq!(bank.checkpoint(run.id).unwrap(), model.checkpoint);
            let kept = bank.kept(run.id).unwrap().into_iter().map(|kept| (kept.role, kept.genome));
            assert_eq!(kept.collect::<BTreeSet<_>>(), model.kept);
        }
        for (key, value) in &self.scores {
            assert_eq!(bank.score(key).unwrap().as_ref(), Some(value));
        }
        let rows = self.documents.iter().map(|(name, document)| DocumentRow {
            name: name.clone(),
            live: document.live,
            n_versions: document.versions.len() as u64,
        });
        assert_eq!(bank.documents().unwrap(), rows.collect::<Vec<_>>());
        for (name, document) in &self.documents {
            assert_eq!(bank.versions(name).unwrap(), document.versions);
        }
        let tapes = bank.tapes().unwrap();
        assert!(tapes.iter().map(|tape| &tape.name).eq(self.tapes.keys()));
        for tape in tapes {
            let bytes = &self.tapes[&tape.name];
            assert_eq!(tape.size_bytes, bytes.len() as u64);
            assert_eq!(bank.tape(&tape.name).unwrap().as_ref(), Some(bytes));
        }
        assert!(bank.calibrations().unwrap().iter().eq(self.calibrations.keys()));
        for (key, value) in &self.calibrations {
            assert_eq!(bank.calibration(key).unwrap().as_ref(), Some(value));
        }
    }
}

fn apply(bank: &mut Bank, step: &Step) -> Result<(), BankError> {
    let name = |n: u8| format!("run {n}");
    let run = |n: u8| bank.run(&name(n)).unwrap().map_or((RunId(0), 0), |run| (run.id, run.n_generations));
    let hash = |n: u8| Hash::of(&genome(n));
    match step {
        Step::Genome(n) => bank.write(|writer| writer.put_genome(&genome(*n)).map(|_| ())),
        Step::Run(n) => bank.write(|writer| writer.create_run(&name(*n), name(*n).as_bytes()).map(|_| ())),
        Step::Generation(n) => {
            let (run, next) = run(*n);
            bank.write(|writer| writer.append_generation(run, next, &genome(next as u8), b"1 ms"))
        }
        Step::Checkpoint(n, state) => {
            let (run, _) = run(*n);
            bank.write(|writer| writer.put_checkpoint(run, &genome(*state)))
        }
        Step::Keep(n, kept, role) => {
            let (run, _) = run(*n);
            bank.write(|writer| writer.keep(run, &hash(*kept), Role::ALL[*role]))
        }
        Step::KeepOnly(n, kept) => {
            let (run, _) = run(*n);
            let kept: Vec<Hash> = kept.iter().map(|kept| hash(*kept)).collect();
            bank.write(|writer| writer.keep_only(run, &kept, Role::Survivor))
        }
        Step::Release(n, kept, role) => {
            let (run, _) = run(*n);
            bank.write(|writer| writer.release(run, &hash(*kept), Role::ALL[*role]))
        }
        Step::Edge(n, child, parent) => {
            let (run, _) = run(*n);
            let edge = EdgeRow {
                child: hash(*child),
                parent: hash(*parent),
                role: 0,
                run,
                generation: 0,
                how: "made".to_owned(),
            };
            bank.write(|writer| writer.add_edge(&edge))
        }
        Step::Score(key, value) => bank.write(|writer| writer.put_score(&Hash::of(&[*key]), &[*value])),
        Step::Finish(n, footer) => {
            let (run, _) = run(*n);
            bank.write(|writer| writer.finish_run(run, &[*footer]))
        }
        Step::Version(n, parent, text) => bank.write(|writer| {
            let parent = parent.map(u64::from);
            writer.add_version(&name(*n), parent, &genome(*text), name(*text).as_bytes()).map(|_| ())
        }),
        Step::Live(n, number) => bank.write(|writer| writer.set_live(&name(*n), (*number).into())),
        Step::Tape(n, bytes) => bank.write(|writer| writer.put_tape(&name(*n), &genome(*bytes))),
        Step::Calibration(key, value) => bank.write(|writer| writer.put_calibration(&[*key], &[*value])),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_holds_what_a_model_holds_and_still_does_when_it_is_opened_again(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let (folder, mut bank) = fresh();
        let path = folder.path().join("flux.bank");
        let mut model = Model::default();
        for step in &steps {
            let was_taken = apply(&mut bank, step).is_ok();
            prop_assert_eq!(was_taken, model.apply(step), "{:?}", step);
            drop(bank);
            bank = Bank::open(&path).unwrap();
            model.assert_is(&bank);
        }
    }
}
