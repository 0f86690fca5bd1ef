//! What can be wrong with an arena file, and how it is said: every message is made here.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use flux_genome::{Capability, World};

/// The text that a diagnostic points into.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    name: String,
    text: Arc<str>,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; columns count characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// One thing wrong with an arena file: what, where, and what to do.
#[derive(Clone, Debug)]
pub struct ArenaMistake {
    code: &'static str,
    message: String,
    hint: Option<String>,
    labels: Vec<LabeledSpan>,
    file: NamedSource<Arc<str>>,
    line: usize,
    column: usize,
}

impl ArenaMistake {
    /// A short stable name of the kind of mistake, such as `arena::unknown-key`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The file, as it was named when the arena was loaded.
    #[must_use]
    pub fn file(&self) -> &str {
        self.file.name()
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    fn new(source: &Source, code: &'static str, at: Range<usize>, message: String) -> Self {
        let (line, column) = source.position(at.start);
        Self {
            code,
            message,
            hint: None,
            labels: vec![LabeledSpan::new_primary_with_span(None, at)],
            file: NamedSource::new(&source.name, Arc::clone(&source.text)),
            line,
            column,
        }
    }

    fn hint_of(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn label(mut self, text: &str) -> Self {
        if let Some(primary) = self.labels.first_mut() {
            primary.set_label(Some(text.to_owned()));
        }
        self
    }

    fn also(mut self, at: Range<usize>, text: &str) -> Self {
        self.labels.push(LabeledSpan::new_with_span(Some(text.to_owned()), at));
        self
    }

    fn did_you_mean(self, nearest: Option<&str>) -> Self {
        match nearest {
            Some(name) => self.hint_of(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

impl fmt::Display for ArenaMistake {
    /// The message without the place, as the report's frame names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ArenaMistake {}

impl Diagnostic for ArenaMistake {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.file)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// A place in a source.
pub(crate) type Span = Range<usize>;

/// The file is no TOML.
pub(crate) fn syntax(source: &Source, at: Span, reason: &str) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::syntax",
        at,
        format!("the file is not TOML: {}", reason.replace('\n', ", ")),
    )
}

/// A key that nothing reads.
pub(crate) fn unknown_key(
    source: &Source,
    at: Span,
    table: &str,
    key: &str,
    nearest: Option<&str>,
    known: &[&str],
) -> ArenaMistake {
    let mistake =
        ArenaMistake::new(source, "arena::unknown-key", at, format!("unknown key `{key}` in {table}"));
    match nearest {
        Some(_) => mistake.did_you_mean(nearest),
        None => mistake.hint_of(format!("{table} has the keys {}", code_list(known))),
    }
}

/// A key that must be there is not.
pub(crate) fn missing_key(source: &Source, at: Span, table: &str, key: &str, example: &str) -> ArenaMistake {
    ArenaMistake::new(source, "arena::missing-key", at, format!("{table} has no `{key}`"))
        .hint_of(format!("add `{example}`"))
}

/// A value is of another type than it should be.
pub(crate) fn wrong_type(source: &Source, at: Span, key: &str, expected: &str, found: &str) -> ArenaMistake {
    ArenaMistake::new(source, "arena::wrong-type", at, format!("`{key}`: expected {expected}, found {found}"))
        .label(&format!("expected {expected}"))
}

/// A number lies outside its range.
pub(crate) fn out_of_range(
    source: &Source,
    at: Span,
    key: &str,
    expected: &str,
    found: impl fmt::Display,
) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::out-of-range",
        at,
        format!("`{key}`: expected {expected}, found {found}"),
    )
    .label(&format!("expected {expected}"))
}

/// A list or text is longer than allowed.
pub(crate) fn too_long(
    source: &Source,
    at: Span,
    key: &str,
    unit: &str,
    actual: impl fmt::Display,
    limit: usize,
) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::too-long",
        at,
        format!("`{key}` has {actual} {unit}, the limit is {limit}"),
    )
}

/// A text that must not be empty is.
pub(crate) fn empty(source: &Source, at: Span, key: &str, expected: &str) -> ArenaMistake {
    ArenaMistake::new(source, "arena::empty", at, format!("`{key}`: expected {expected}, found none"))
}

/// A name may stand only once.
pub(crate) fn duplicate(
    source: &Source,
    at: Span,
    first: Option<Span>,
    what: &str,
    name: &str,
) -> ArenaMistake {
    let mistake =
        ArenaMistake::new(source, "arena::duplicate", at, format!("{what} `{name}` is there twice"))
            .label("again here");
    match first {
        Some(first) => mistake.also(first, "first here"),
        None => {
            mistake.hint_of("a case without a name is called after its position, a generated one `random-N`, a question `question-N`")
        }
    }
}

/// No such world.
pub(crate) fn unknown_world(source: &Source, at: Span, found: &str, nearest: Option<&str>) -> ArenaMistake {
    let known = World::ALL.map(|world| format!("`{world}`")).join(" or ");
    ArenaMistake::new(
        source,
        "arena::unknown-world",
        at,
        format!("`world`: expected {known}, found `{found}`"),
    )
    .did_you_mean(nearest)
}

/// No such capability.
pub(crate) fn unknown_capability(
    source: &Source,
    at: Span,
    found: &str,
    nearest: Option<&str>,
) -> ArenaMistake {
    let mistake =
        ArenaMistake::new(source, "arena::unknown-capability", at, format!("unknown capability `{found}`"));
    match nearest {
        Some(_) => mistake.did_you_mean(nearest),
        None => mistake
            .hint_of(format!("the capabilities are {}", code_list(&Capability::ALL.map(Capability::name)))),
    }
}

/// The capability exists in the contract, and no arena can grant it.
pub(crate) fn ungrantable(
    source: &Source,
    at: Span,
    capability: Capability,
    grantable: &[&str],
) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::ungrantable",
        at,
        format!("capability `{capability}` cannot be granted by an arena yet"),
    )
    .hint_of(format!("an arena can grant {}", code_list(grantable)))
}

/// The capability is served by models, and the arena names none.
pub(crate) fn no_models(source: &Source, at: Span, capability: Capability) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::no-models",
        at,
        format!("capability `{capability}` is for arenas that have models"),
    )
    .hint_of("add `[models]` with `config = \"models.toml\"`, the file that says which models there are")
}

/// A file name leads out of the arena's folder.
pub(crate) fn outside_folder(source: &Source, at: Span, key: &str, file: &str) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::outside-folder",
        at,
        format!("`{key}`: expected a file of the arena's folder, found `{file}`"),
    )
    .hint_of("copy the file into the arena's folder and name it without a path")
}

/// A file is not there.
pub(crate) fn no_such_file(
    source: &Source,
    at: Span,
    key: &str,
    file: &str,
    nearest: Option<&str>,
) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::no-such-file",
        at,
        format!("`{key}`: the arena's folder has no file `{file}`"),
    )
    .did_you_mean(nearest)
}

/// A file beside the arena cannot be read.
pub(crate) fn unreadable(
    source: &Source,
    at: Span,
    key: &str,
    file: &str,
    why: io::ErrorKind,
) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::unreadable",
        at,
        format!("`{key}`: the file `{file}` cannot be read as text: {why}"),
    )
}

/// A file beside the arena is too large.
pub(crate) fn file_too_large(source: &Source, at: Span, key: &str, file: &str, limit: u64) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::too-long",
        at,
        format!("`{key}`: the file `{file}` is larger than {limit} bytes, which is the limit"),
    )
}

/// A file beside the arena has a mistake of its own.
pub(crate) fn wrong_file(
    source: &Source,
    at: Span,
    key: &str,
    file: &str,
    why: &dyn fmt::Display,
    hint: Option<String>,
) -> ArenaMistake {
    // What reads TOML draws the place over several lines; the first names it, the last says what is wrong.
    let why = why.to_string();
    let mut lines = why.lines().filter(|line| !line.trim().is_empty());
    let why = match (lines.next(), lines.next_back()) {
        (Some(first), Some(last)) => format!("{first}: {last}"),
        (first, _) => first.unwrap_or_default().to_owned(),
    };
    let mistake = ArenaMistake::new(source, "arena::wrong-file", at, format!("`{key}`: in `{file}`: {why}"));
    match hint {
        Some(hint) => mistake.hint_of(hint),
        None => mistake,
    }
}

/// The least is more than the most.
pub(crate) fn empty_range(
    source: &Source,
    at: Span,
    key: &str,
    min: impl fmt::Display,
    max: impl fmt::Display,
) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::empty-range",
        at,
        format!("`{key}`: expected the least number not above the most, found {min} and {max}"),
    )
}

/// A key of a case that belongs to arenas of another shape.
pub(crate) fn wrong_shape(source: &Source, at: Span, key: &str, shape: &str, keys: &[&str]) -> ArenaMistake {
    ArenaMistake::new(source, "arena::wrong-shape", at, format!("`{key}` has no place in {shape}"))
        .hint_of(format!("a case of it has {}", code_list(keys)))
}

/// A list has not one entry per agent.
pub(crate) fn wrong_seats(source: &Source, at: Span, key: &str, agents: usize, found: usize) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::wrong-shape",
        at,
        format!("`{key}`: expected one list for each of the {agents} agents, found {found}"),
    )
}

/// A case that no result could fail.
pub(crate) fn nothing_expected(source: &Source, at: Span) -> ArenaMistake {
    ArenaMistake::new(source, "arena::missing-key", at, "the case expects nothing".to_owned())
        .hint_of("add `expected = [...]`, the right output, or `acts = [...]`, the right acts")
}

/// Nobody among the agents is the one being scored.
pub(crate) fn no_variant(source: &Source, at: Span) -> ArenaMistake {
    ArenaMistake::new(source, "arena::no-variant", at, "`agents`: expected at least one `variant`".to_owned())
        .hint_of("`variant` stands for the genome being scored; the others are genomes of the arena's folder")
}

/// There is nothing to run.
pub(crate) fn no_cases(source: &Source, at: Span) -> ArenaMistake {
    ArenaMistake::new(source, "arena::no-cases", at, "the arena has no cases".to_owned())
        .hint_of("add a `[[case]]`, or `[generate]` with an oracle")
}

/// Together there are too many cases.
pub(crate) fn too_many_cases(source: &Source, at: Span, actual: usize, limit: usize) -> ArenaMistake {
    ArenaMistake::new(
        source,
        "arena::too-long",
        at,
        format!("the arena has {actual} cases, the limit is {limit}"),
    )
}

/// Selection would see nothing.
pub(crate) fn all_held_out(source: &Source, at: Span) -> ArenaMistake {
    ArenaMistake::new(source, "arena::all-held-out", at, "every case is held out".to_owned())
        .hint_of("leave at least one case to selection")
}

fn code_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
