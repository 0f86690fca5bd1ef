//! Where a command's binary output goes: a file, standard output, or nowhere.

use std::fs;
use std::path::Path;

use flux_genome::Genome;

use crate::io::Io;
use crate::{mistakes, table};

/// Where binary output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination<'o> {
    /// Nobody asked for it.
    Nowhere,
    /// Standard output, which then takes nothing else.
    Stdout,
    /// A file.
    File(&'o Path),
}

/// What else standard output is to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Text, which gives way to standard error.
    Text,
    /// A JSON object, which does not.
    Json,
}

impl Report {
    pub(crate) fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

impl<'o> Destination<'o> {
    /// What `-o` says, refused where it would destroy an input, flood a terminal or mix with a report.
    pub(crate) fn of(
        io: &Io,
        output: Option<&'o Path>,
        inputs: &[&Path],
        report: Report,
    ) -> miette::Result<Self> {
        match output {
            None => Ok(Self::Nowhere),
            Some(path) if path != Path::new("-") => {
                if inputs.contains(&path) {
                    Err(mistakes::over_itself(path))
                } else {
                    Ok(Self::File(path))
                }
            }
            Some(_) if report == Report::Json => Err(mistakes::mistake(
                "standard output cannot take both binary output and JSON",
                Some("name a file with `-o FILE`"),
            )),
            Some(_) if io.stdout_is_terminal => Err(mistakes::binary_to_terminal()),
            Some(_) => Ok(Self::Stdout),
        }
    }

    /// Writes `bytes` there.
    pub(crate) fn write(self, io: &mut Io, bytes: &[u8]) -> miette::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Stdout => io.print(bytes),
            Self::File(path) => fs::write(path, bytes).map_err(|error| mistakes::unwritable(path, &error)),
        }
    }

    /// Prints a summary for people, with what was written.
    pub(crate) fn summarise(self, io: &mut Io, summary: &str) -> miette::Result<()> {
        match self {
            Self::Nowhere => io.print(summary),
            Self::Stdout => {
                io.note(summary.trim_end());
                Ok(())
            }
            Self::File(path) => {
                io.print(summary)?;
                io.note(format!("wrote `{}`", path.display()));
                Ok(())
            }
        }
    }

    /// The file's name, for records.
    pub(crate) fn file(self) -> Option<String> {
        match self {
            Self::File(path) => Some(path.display().to_string()),
            Self::Nowhere | Self::Stdout => None,
        }
    }
}

/// Writes a genome that was made of `input`, by default beside it with another `extension`, and says so.
pub(crate) fn write_genome(
    io: &mut Io,
    genome: &Genome,
    input: &Path,
    output: Option<&Path>,
    extension: &str,
) -> miette::Result<()> {
    let stdio = Path::new("-");
    let beside = if input == stdio { stdio.to_owned() } else { input.with_extension(extension) };
    let output = output.unwrap_or(&beside);
    let destination = Destination::of(io, Some(output), &[input], Report::Text)?;
    destination.write(io, genome.bytes())?;
    if let Some(file) = destination.file() {
        io.note(format!(
            "wrote `{file}`: genome {}, world {}, {}",
            genome.id().short(),
            genome.world(),
            table::bytes(genome.bytes().len() as u64)
        ));
    }
    Ok(())
}
