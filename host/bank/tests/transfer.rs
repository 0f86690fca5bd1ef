//! From one bank to another, and what is thrown away.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use flux_bank::{
    Bank, BankError, Counts, EdgeRow, ExportError, GcReport, Hash, ImportError, Mode, Role, RunId, Scores,
    Selection,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn fresh() -> (TempDir, Bank) {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::open(&folder.path().join("flux.bank")).unwrap();
    (folder, bank)
}

fn genome(n: u64) -> Vec<u8> {
    Hash::of(&n.to_le_bytes()).0.repeat(5)
}

/// A run that begins with genome `first` and whose generation `n` makes genome `first + n + 1`, besides one that dies.
fn run(bank: &mut Bank, name: &str, first: u64, n_generations: u64) -> RunId {
    bank.write(|writer| {
        let run = writer.create_run(name, &first.to_le_bytes())?;
        let mut parent = writer.put_genome(&genome(first))?;
        writer.keep(run, &parent, Role::Founder)?;
        for index in 0..n_generations {
            let child = writer.put_genome(&genome(first + index + 1))?;
            let dead = writer.put_genome(&genome(first + index + 1_000_000))?;
            for child in [child, dead] {
                let how = "insert-nop".to_owned();
                writer.add_edge(&EdgeRow { child, parent, role: 0, run, generation: index, how })?;
                writer.put_score(&child, b"score")?;
            }
            writer.keep_only(run, &[child], Role::Survivor)?;
            writer.put_checkpoint(run, &index.to_le_bytes())?;
            writer.append_generation(run, index, &genome(index), b"2 ms")?;
            parent = child;
        }
        Ok::<_, BankError>(run)
    })
    .unwrap()
}

fn export(bank: &Bank, selection: &Selection) -> Vec<u8> {
    let mut bytes = Vec::new();
    bank.export(selection, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_whole_bank_arrives_and_a_second_time_changes_nothing() {
    let (_folder, mut bank) = fresh();
    run(&mut bank, "spring", 0, 20);
    let autumn = run(&mut bank, "autumn", 10, 5);
    bank.write(|writer| writer.finish_run(autumn, b"the end")).unwrap();
    let stream = export(&bank, &Selection::All);
    let (_other_folder, mut other) = fresh();
    assert_eq!(other.import(stream.as_slice()).unwrap(), bank.counts().unwrap());
    assert_eq!(other.import(stream.as_slice()).unwrap(), Counts::default());
    assert_eq!(export(&other, &Selection::All), stream);
    assert!(other.check().unwrap().is_sound());
    assert_eq!(other.run("autumn").unwrap(), bank.run("autumn").unwrap());
}

#[test]
fn a_run_brings_what_it_keeps_with_all_ancestors() {
    let (_folder, mut bank) = fresh();
    run(&mut bank, "spring", 0, 10);
    // It begins where `spring` ended, so the ancestors of its founder were made by that.
    let autumn = run(&mut bank, "autumn", 10, 5);
    let stream = export(&bank, &Selection::Some { runs: vec![autumn], genomes: vec![] });
    let (_other_folder, mut other) = fresh();
    let counts = other.import(stream.as_slice()).unwrap();
    assert_eq!((counts.genomes, counts.runs, counts.generations, counts.edges), (16, 2, 5, 15));
    assert_eq!(other.run("spring").unwrap().unwrap().n_generations, 0);
    let mut ancestor = Hash::of(&genome(15));
    for n in (0..15).rev() {
        ancestor = other.parents(&ancestor).unwrap()[0].parent;
        assert_eq!(ancestor, Hash::of(&genome(n)));
    }
    // The rest of `spring` can follow.
    let spring = bank.run("spring").unwrap().unwrap().id;
    other.import(export(&bank, &Selection::Some { runs: vec![spring], genomes: vec![] }).as_slice()).unwrap();
    assert_eq!(other.run("spring").unwrap().unwrap().n_generations, 10);
}

#[test]
fn a_run_that_went_on_is_caught_up_with() {
    let (_folder, mut bank) = fresh();
    run(&mut bank, "spring", 0, 3);
    let (_other_folder, mut other) = fresh();
    run(&mut other, "spring", 0, 8);
    let counts = bank.import(export(&other, &Selection::All).as_slice()).unwrap();
    assert_eq!((counts.runs, counts.generations), (0, 5));
    assert_eq!(export(&bank, &Selection::All), export(&other, &Selection::All));
    // And one that is behind changes nothing.
    let (_behind_folder, mut behind) = fresh();
    run(&mut behind, "spring", 0, 2);
    let before = export(&bank, &Selection::All);
    bank.import(export(&behind, &Selection::All).as_slice()).unwrap();
    assert_eq!(export(&bank, &Selection::All), before);
}

#[test]
fn another_run_of_the_same_name_is_refused_whole() {
    let (_folder, mut bank) = fresh();
    run(&mut bank, "spring", 0, 3);
    let (_other_folder, mut other) = fresh();
    run(&mut other, "autumn", 50, 3);
    run(&mut other, "spring", 7, 3);
    let before = bank.counts().unwrap();
    let error = bank.import(export(&other, &Selection::All).as_slice()).unwrap_err();
    assert!(matches!(&error, ImportError::Conflict { name, .. } if name == "spring"), "{error}");
    assert_eq!(bank.counts().unwrap(), before);
    assert!(bank.run("autumn").unwrap().is_none());
}

/// Exports of each format that was ever written. A file is made once, with `BLESS=1`, and never again.
#[test]
fn exports_of_every_version_can_be_read() {
    let (_folder, mut bank) = fresh();
    let spring = run(&mut bank, "spring", 0, 3);
    bank.write(|writer| writer.finish_run(spring, b"the end")).unwrap();
    run(&mut bank, "spring-again", 3, 2);
    reads("v1.fxbk", &bank);
    documents(&mut bank, 3);
    reads("v2.fxbk", &bank);
}

fn reads(file: &str, bank: &Bank) {
    let path = format!("{}/../../tests/vectors/bank/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") && !std::path::Path::new(&path).exists() {
        std::fs::write(&path, export(bank, &Selection::All)).unwrap();
    }
    let (_other_folder, mut other) = fresh();
    other.import(std::fs::File::open(&path).unwrap()).unwrap();
    // What they hold is compared; how it is compressed may change.
    assert_eq!(export(&other, &Selection::All), export(bank, &Selection::All));
}

/// A document of some versions of which the second is live, a tape and a calibration.
fn documents(bank: &mut Bank, n_versions: u64) {
    bank.write(|writer| {
        for n in 1..=n_versions {
            let parent = (n > 1).then_some(n / 2);
            writer.add_version("demo", parent.filter(|parent| *parent > 0), &genome(n), b"record")?;
        }
        writer.set_live("demo", 2)?;
        writer.put_tape("demo", &genome(5))?;
        writer.put_calibration(b"judge", b"figures")
    })
    .unwrap();
}

#[test]
fn a_document_gets_the_versions_that_it_lacks() {
    let (_folder, mut bank) = fresh();
    documents(&mut bank, 2);
    bank.write(|writer| writer.set_live("demo", 1)).unwrap();
    let (_other_folder, mut other) = fresh();
    documents(&mut other, 4);
    // One that brings nothing new changes nothing, not even which version is live.
    let before = export(&other, &Selection::All);
    assert_eq!(other.import(export(&bank, &Selection::All).as_slice()).unwrap(), Counts::default());
    assert_eq!(export(&other, &Selection::All), before);
    let counts = bank.import(before.as_slice()).unwrap();
    assert_eq!(counts, Counts { versions: 2, ..Counts::default() });
    assert_eq!(export(&bank, &Selection::All), before);
    assert!(bank.check().unwrap().is_sound());
}

#[test]
fn another_document_or_tape_of_the_same_name_is_refused_whole() {
    let (_folder, mut bank) = fresh();
    documents(&mut bank, 2);
    let before = export(&bank, &Selection::All);
    let refusal = |bank: &mut Bank, f: &dyn Fn(&mut flux_bank::Writer<'_>) -> Result<(), BankError>| {
        let (_other_folder, mut other) = fresh();
        other.write(f).unwrap();
        bank.import(export(&other, &Selection::All).as_slice()).unwrap_err().to_string()
    };
    let text = "document `demo` of the export differs from the document of that name in the bank: version 1 is another one; nothing was taken in";
    let version = |writer: &mut flux_bank::Writer<'_>| {
        writer.put_calibration(b"another judge", b"figures")?;
        writer.add_version("demo", None, b"another text", b"record").map(|_| ())
    };
    assert_eq!(refusal(&mut bank, &version), text);
    let tape = |writer: &mut flux_bank::Writer<'_>| writer.put_tape("demo", b"other bytes");
    assert!(refusal(&mut bank, &tape).contains("tape `demo` of the export differs"));
    assert_eq!(export(&bank, &Selection::All), before);
}

#[test]
fn garbage_collection_leaves_documents_tapes_and_calibrations() {
    let (_folder, mut bank) = fresh();
    documents(&mut bank, 3);
    let before = export(&bank, &Selection::All);
    bank.gc(Scores::Forget, Mode::Do).unwrap();
    assert_eq!(export(&bank, &Selection::All), before);
}

#[test]
fn what_is_not_there_cannot_be_exported() {
    let (_folder, bank) = fresh();
    let selection = Selection::Some { runs: vec![], genomes: vec![Hash::of(b"nobody")] };
    let error = bank.export(&selection, Vec::new()).unwrap_err();
    assert!(matches!(error, ExportError::Bank(BankError::UnknownGenome { .. })), "{error}");
}

#[test]
fn only_exports_are_imported() {
    let (_folder, mut bank) = fresh();
    assert!(matches!(bank.import(b"".as_slice()), Err(ImportError::NotAnExport)));
    assert!(matches!(bank.import(b"\0asm\x01\0\0\0".as_slice()), Err(ImportError::NotAnExport)));
    let newer = bank.import(b"fxbk\x09".as_slice()).unwrap_err();
    assert_eq!(newer.to_string(), "the export has format 9, this flux reads formats up to 2");
}

#[test]
fn garbage_is_what_no_run_reaches() {
    let (_folder, mut bank) = fresh();
    run(&mut bank, "spring", 0, 10);
    let before = bank.counts().unwrap();
    let report = bank.gc(Scores::Keep, Mode::DryRun).unwrap();
    assert_eq!((report.genomes, report.edges, report.scores), (10, 10, 0));
    assert_eq!(bank.counts().unwrap(), before);
    assert_eq!(bank.gc(Scores::Keep, Mode::Do).unwrap(), report);
    assert_eq!(bank.gc(Scores::Keep, Mode::Do).unwrap(), GcReport::default());
    // All ancestors of the last survivor are there.
    for n in 0..=10 {
        assert_eq!(bank.genome(&Hash::of(&genome(n))).unwrap(), Some(genome(n)));
    }
    assert_eq!(bank.gc(Scores::Forget, Mode::Do).unwrap().scores, 20);
    assert!(bank.check().unwrap().is_sound());
}

#[test]
fn compacting_gives_room_back() {
    let (_folder, mut bank) = fresh();
    let run = run(&mut bank, "spring", 0, 2);
    bank.write(|writer| {
        (0..2000).try_for_each(|n: u32| writer.put_score(&Hash::of(&n.to_le_bytes()), &[7; 200]))
    })
    .unwrap();
    bank.gc(Scores::Forget, Mode::Do).unwrap();
    let report = bank.compact().unwrap();
    assert!(report.after_bytes < report.before_bytes / 2, "{report:?}");
    assert_eq!(bank.run("spring").unwrap().unwrap().id, run);
    assert!(bank.check().unwrap().is_sound());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_export_is_refused_whole_or_arrives_as_it_was(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let (_folder, mut bank) = fresh();
        run(&mut bank, "spring", 0, 4);
        documents(&mut bank, 2);
        let stream = export(&bank, &Selection::All);
        let (_other_folder, mut other) = fresh();

        let mut flipped = stream.clone();
        let at = at.index(stream.len());
        flipped[at] ^= 1 << bit;
        match other.import(flipped.as_slice()) {
            // A frame's header has bits that mean nothing; then everything arrives as it was.
            Ok(_) => {
                prop_assert_eq!(export(&other, &Selection::All), stream);
                return Ok(());
            }
            Err(ImportError::Damaged { .. } | ImportError::NotAnExport | ImportError::Newer { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        prop_assert_eq!(other.counts().unwrap(), Counts::default());

        prop_assert!(other.import(&stream[..at]).is_err());
        prop_assert!(other.import([stream.as_slice(), b"x"].concat().as_slice()).is_err());
        prop_assert_eq!(other.counts().unwrap(), Counts::default());
    }

    #[test]
    fn no_bytes_break_the_import(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (_folder, mut bank) = fresh();
        let compressed = zstd::encode_all(bytes.as_slice(), 1).unwrap();
        prop_assert!(bank.import([b"fxbk\x01", compressed.as_slice()].concat().as_slice()).is_err());
        prop_assert!(bank.import([b"fxbk\x01", bytes.as_slice()].concat().as_slice()).is_err());
    }
}
