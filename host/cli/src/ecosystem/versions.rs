//! Versions of ecosystems, as the bank keeps them, and what a name on the command line stands for.

use std::path::{Path, PathBuf};

use flux_bank::{Bank, BankError, DocumentRow, VersionRow};
use flux_ecosystem::Composition;
use miette::Report;
use serde::{Deserialize, Serialize};

use super::file;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{bank_file, mistakes};

/// What is kept beside the text of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VersionRecordV1 {
    /// The file that it came from: what it uses is looked for beside that.
    pub(crate) file: String,
    /// What is different from its parent, a line each.
    pub(crate) changed: Vec<String>,
    /// Why it was taken.
    pub(crate) evidence: String,
}

/// An ecosystem that a command works with.
pub(crate) struct Source {
    /// Where it was written: the files that it uses and its models stand beside.
    pub(crate) file: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What it describes.
    pub(crate) composition: Composition,
    /// The version, if it came from the bank.
    pub(crate) version: Option<u64>,
}

/// The ecosystem that a name stands for: a file, else the live version of an ecosystem in the bank.
pub(crate) fn source(io: &mut Io, named: &Path, args: &BankArgs) -> miette::Result<Source> {
    if named == Path::new("-") || named.exists() || !is_name(named) {
        let (text, composition) = file::ecosystem(io, named)?;
        return Ok(Source { file: named.to_owned(), text, composition, version: None });
    }
    let name = named.display().to_string();
    if !args.path().exists() {
        return Err(mistakes::mistake(
            format!(
                "there is no file `{name}`, and no bank `{}` with an ecosystem of that name",
                args.path().display()
            ),
            Some("name a `.flux` file, or the bank with `--bank FILE`"),
        ));
    }
    let bank = bank_file::open_read_only(args.path())?;
    let (document, version) = bank_file::asked(bank.snapshot(|bank| live(bank, &name)))?
        .ok_or_else(|| unknown(&bank, &name, args))?;
    of_version(document.live, &version)
}

/// The ecosystem of a version in the bank.
pub(crate) fn of_version(number: u64, version: &VersionRow) -> miette::Result<Source> {
    let record = record(version);
    let text = String::from_utf8_lossy(&version.text).into_owned();
    let composition = file::parse(&record.file, &text)?;
    Ok(Source { file: PathBuf::from(record.file), text, composition, version: Some(number) })
}

/// What is kept beside the text of a version. One that another program put there says nothing.
pub(crate) fn record(version: &VersionRow) -> VersionRecordV1 {
    serde_json::from_slice(&version.record).unwrap_or_default()
}

/// Whether it can be the name of an ecosystem, rather than a file that is not there.
fn is_name(named: &Path) -> bool {
    named.extension().is_none() && named.components().count() == 1
}

fn live(bank: &Bank, name: &str) -> Result<Option<(DocumentRow, VersionRow)>, BankError> {
    let Some(document) = bank.document(name)? else { return Ok(None) };
    let version = bank.version(name, document.live)?;
    Ok(version.map(|version| (document, version)))
}

/// There is no ecosystem of that name.
pub(crate) fn unknown(bank: &Bank, name: &str, args: &BankArgs) -> Report {
    let known: Vec<String> =
        bank.documents().unwrap_or_default().iter().map(|document| format!("`{}`", document.name)).collect();
    let hint = if known.is_empty() {
        "name a `.flux` file; `flux eco grow` keeps versions in the bank".to_owned()
    } else {
        format!("the bank has {}", known.join(", "))
    };
    mistakes::mistake(
        format!(
            "there is no file `{name}`, and bank `{}` has no ecosystem of that name",
            args.path().display()
        ),
        Some(&hint),
    )
}

/// Makes a text the live version of an ecosystem: the one that it is already, if there is one, else a new one.
pub(crate) fn begin(bank: &mut Bank, name: &str, text: &str, file: &Path) -> miette::Result<u64> {
    let known = bank_file::asked(bank.versions(name))?;
    if let Some(version) = known.iter().find(|version| version.text == text.as_bytes()) {
        let number = version.number;
        kept(bank.write(|writer| writer.set_live(name, number)))?;
        return Ok(number);
    }
    let record = VersionRecordV1 {
        file: file.display().to_string(),
        changed: Vec::new(),
        evidence: "as it was written".to_owned(),
    };
    add(bank, name, None, text, &record)
}

/// Adds a version, and makes it live.
pub(crate) fn add(
    bank: &mut Bank,
    name: &str,
    parent: Option<u64>,
    text: &str,
    record: &VersionRecordV1,
) -> miette::Result<u64> {
    let record =
        serde_json::to_vec(record).map_err(|error| mistakes::failed("write the version", &error, None))?;
    kept(bank.write(|writer| {
        let number = writer.add_version(name, parent, text.as_bytes(), &record)?;
        writer.set_live(name, number)?;
        Ok(number)
    }))
}

/// Gives what was written, or a report of why it was not.
pub(crate) fn kept<T>(result: Result<T, BankError>) -> miette::Result<T> {
    result.map_err(|error| mistakes::failed_for("keep a version", &error, error.hint()))
}
