//! Reading what ecosystems, questions and models are described in.

use std::path::Path;

use flux_broker::questions::QuestionSet;
use flux_ecosystem::Composition;
use flux_lang::assembly::Severity;
use flux_lang::ecosystem::{self, Limits};

use crate::bytecode::file;
use crate::diagnostics;
use crate::io::Io;
use crate::{genome_file, mistakes};

/// Reads a text; `what` is what it should be, such as `ecosystem`.
pub(crate) fn text(io: &mut Io, path: &Path, what: &str) -> miette::Result<String> {
    let bytes = genome_file::read_bytes(io, path)?;
    String::from_utf8(bytes).map_err(|error| {
        let action = format!("read the {what} `{}`", path.display());
        mistakes::failed(action, &error, Some("the file has to be UTF-8"))
    })
}

/// Reads an ecosystem with all that it uses. What `flux check` warns of is not said again.
pub(crate) fn ecosystem(io: &mut Io, path: &Path) -> miette::Result<(String, Composition)> {
    let text = text(io, path, "ecosystem")?;
    let composition = parse(&path.display().to_string(), &text)?;
    Ok((text, composition))
}

/// Makes of a text what can be run; `name` is where it stands, and what it uses stands beside.
pub(crate) fn parse(name: &str, text: &str) -> miette::Result<Composition> {
    let parsed = ecosystem::parse(name, text, &file::include, &Limits::DEFAULT);
    if parsed.diagnostics.iter().any(|it| it.severity() == Severity::Error) {
        return Err(diagnostics::mistakes("read the ecosystem", &parsed.sources, &parsed.diagnostics));
    }
    let composition = Composition::from_parsed(&parsed)
        .ok_or_else(|| mistakes::mistake(format!("`{name}` describes no ecosystem"), None))?;
    composition
        .check()
        .map_err(|error| mistakes::failed_for(format!("use the ecosystem `{name}`"), &error, None))?;
    Ok(composition)
}

/// Reads a set of questions.
pub(crate) fn questions(io: &mut Io, path: &Path) -> miette::Result<QuestionSet> {
    let text = text(io, path, "questions")?;
    let set = QuestionSet::parse(&text).map_err(|error| {
        let hint = "each `[[question]]` has `subject`, `ask`, `answer` and `wrong`; see genomes/ecosystems/questions.toml";
        mistakes::failed(format!("use the questions `{}`", path.display()), &error, Some(hint))
    })?;
    if set.questions.is_empty() {
        return Err(mistakes::mistake(
            format!("`{}` has no questions", path.display()),
            Some("add a `[[question]]`; see genomes/ecosystems/questions.toml"),
        ));
    }
    Ok(set)
}
