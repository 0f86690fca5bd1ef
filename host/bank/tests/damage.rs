//! Files that are damaged, cut off, or something else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use flux_bank::{Bank, BankError, Finding, Hash, OpenError, Role};
use tempfile::TempDir;

/// A closed bank with a run, and genomes that cannot be compressed.
fn bank() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flux.bank");
    let mut bank = Bank::open(&path).unwrap();
    bank.write(|writer| {
        let run = writer.create_run("spring", b"the header of spring")?;
        for n in 0..200u32 {
            let genome = writer.put_genome(&genome(n))?;
            writer.keep(run, &genome, Role::Survivor)?;
            writer.put_score(&genome, format!("the value of score {n:03}").as_bytes())?;
            let record = format!("the record of generation {n:03}");
            writer.append_generation(run, n.into(), record.as_bytes(), b"")?;
        }
        writer.add_version("demo", None, b"the text of demo 1", b"the record of demo 1")?;
        writer.put_tape("tape of demo", b"the bytes of the tape")?;
        writer.put_calibration(b"the key of a judge", b"the figures of a judge")
    })
    .unwrap();
    drop(bank);
    (folder, path)
}

fn genome(n: u32) -> Vec<u8> {
    (0..10).flat_map(|part: u32| Hash::of(&[n.to_le_bytes(), part.to_le_bytes()].concat()).0).collect()
}

/// Flips one bit wherever `needle` is found: pages keep old copies of rows that have moved.
fn flip(path: &Path, needle: &[u8]) {
    let mut bytes = fs::read(path).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - needle.len()).filter(|at| bytes[*at..].starts_with(needle)).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at + needle.len() / 2] ^= 1);
    fs::write(path, bytes).unwrap();
}

fn set_header(path: &Path, at: usize, value: u32) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    fs::write(path, bytes).unwrap();
}

/// What opening says, by both ways, which must agree; and that the file is left alone.
fn refusal(path: &Path) -> OpenError {
    let before = fs::read(path).unwrap();
    let writing = Bank::open(path).err().unwrap();
    let reading = Bank::open_read_only(path).err().unwrap();
    assert_eq!(writing.to_string(), reading.to_string());
    assert_eq!(fs::read(path).unwrap(), before);
    writing
}

#[test]
fn a_sound_bank_is_sound() {
    let (_folder, path) = bank();
    let report = Bank::open_read_only(&path).unwrap().check().unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    let checked = report.checked;
    assert_eq!((checked.genomes, checked.runs, checked.generations, checked.scores), (200, 1, 200, 200));
}

#[test]
fn a_flipped_bit_in_a_genome_is_found_and_the_genome_is_not_handed_out() {
    let (_folder, path) = bank();
    flip(&path, &genome(77));
    let bank = Bank::open_read_only(&path).unwrap();
    let hash = Hash::of(&genome(77));
    assert_eq!(bank.check().unwrap().findings, [Finding::Genome(hash)]);
    let error = bank.genome(&hash).unwrap_err();
    assert!(matches!(error, BankError::Damaged { .. }), "{error}");
    assert!(error.to_string().ends_with(&format!("genome `{hash}` does not have its hash")), "{error}");
    assert!(bank.genome(&Hash::of(&genome(78))).unwrap().is_some());
}

#[test]
fn a_flipped_bit_in_a_record_a_header_or_a_score_is_found() {
    let found = |needle: &[u8]| {
        let (_folder, path) = bank();
        flip(&path, needle);
        Bank::open_read_only(&path).unwrap().check().unwrap().findings
    };
    let generation = Finding::Generation { run: "spring".to_owned(), index: 41 };
    assert_eq!(found(b"the record of generation 041"), [generation]);
    assert_eq!(found(b"the header of spring"), [Finding::Run("spring".to_owned())]);
    assert!(matches!(found(b"the value of score 041")[..], [Finding::Score(_)]));
    let version = Finding::Version { document: "demo".to_owned(), number: 1 };
    assert_eq!(found(b"the text of demo 1"), std::slice::from_ref(&version));
    assert_eq!(found(b"the record of demo 1"), [version]);
    assert_eq!(found(b"the bytes of the tape"), [Finding::Tape("tape of demo".to_owned())]);
    assert_eq!(found(b"the figures of a judge"), [Finding::Calibration("the key of a judge".to_owned())]);
}

#[test]
fn what_is_damaged_is_not_handed_out() {
    let (_folder, path) = bank();
    flip(&path, b"the text of demo 1");
    flip(&path, b"the bytes of the tape");
    flip(&path, b"the figures of a judge");
    let bank = Bank::open_read_only(&path).unwrap();
    let errors = [
        bank.version("demo", 1).map(|_| ()).unwrap_err(),
        bank.tape("tape of demo").map(|_| ()).unwrap_err(),
        bank.calibration(b"the key of a judge").map(|_| ()).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, BankError::Damaged { .. }), "{error}");
    }
}

#[test]
fn a_page_of_nonsense_is_an_error_and_a_finding() {
    let (_folder, path) = bank();
    let mut bytes = fs::read(&path).unwrap();
    let needle = genome(120);
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap() / 4096 * 4096;
    bytes[at..at + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let bank = Bank::open_read_only(&path).unwrap();
    let report = bank.check().unwrap();
    assert!(report.findings.iter().any(|finding| matches!(finding, Finding::File(_))), "{report:?}");
    // Some genomes cannot be read, and say so; the others are right.
    let mut n_damaged = 0;
    for n in 0..200 {
        match bank.genome(&Hash::of(&genome(n))) {
            Ok(bytes) => assert_eq!(bytes, Some(genome(n))),
            Err(BankError::DamagedFile { .. }) => n_damaged += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(n_damaged > 0);
}

#[test]
fn every_page_may_be_nonsense_without_a_panic() {
    let (_folder, path) = bank();
    let sound = fs::read(&path).unwrap();
    for page in 0..sound.len() / 4096 {
        let mut bytes = sound.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0x5a);
        fs::write(&path, bytes).unwrap();
        match Bank::open_read_only(&path) {
            Err(OpenError::NotABank { .. } | OpenError::Damaged { .. }) => {}
            Err(error) => panic!("page {page}: {error}"),
            Ok(bank) => assert!(!bank.check().unwrap().is_sound(), "page {page}"),
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let (_folder, path) = bank();
    let bytes = fs::read(&path).unwrap();
    for length in [bytes.len() / 2, bytes.len() - 4096, 4096, 2000] {
        fs::write(&path, &bytes[..length]).unwrap();
        let error = refusal(&path);
        assert!(matches!(error, OpenError::Damaged { .. }), "{length}: {error:?}");
    }
    fs::write(&path, &bytes[..20]).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::NotABank { .. }), "{error:?}");
}

#[test]
fn another_application_and_a_newer_format_are_refused() {
    let (_folder, path) = bank();
    set_header(&path, 60, 7);
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Newer { found: 7, supported: 2, .. }), "{error:?}");
    assert!(error.to_string().ends_with("has format 7, this flux reads formats up to 2"), "{error}");
    set_header(&path, 68, 0x1234);
    let error = refusal(&path);
    assert!(error.to_string().ends_with("expected application id 0x464c5558, found 0x00001234"), "{error}");
}

#[test]
fn a_text_and_a_folder_are_not_banks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "a text that is longer than the header of a bank would be".repeat(10)).unwrap();
    assert!(matches!(refusal(&path), OpenError::NotABank { .. }));
    assert!(!folder.path().join("notes.txt-lock").exists());
    assert!(matches!(Bank::open(folder.path()), Err(OpenError::NotABank { .. })));
}

#[test]
fn what_a_killed_creation_leaves_is_made_a_bank() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flux.bank");
    fs::write(&path, b"").unwrap();
    assert!(matches!(Bank::open_read_only(&path), Err(OpenError::NotABank { .. })));
    drop(Bank::open(&path).unwrap());
    assert!(Bank::open_read_only(&path).unwrap().check().unwrap().is_sound());
}
