//! Children of genomes on the command line: seeds, where they go, and how they are shown. Shared by `flux mutate` and
//! `flux breed`.

use std::fs;
use std::path::{Path, PathBuf};

use flux_genome::offspring::{Offspring, OffspringError, Origin};
use flux_genome::{Genome, diff};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::io::Io;
use crate::output::{Destination, Report};
use crate::table::{self, Column};
use crate::{diff_text, groups, json, mistakes};

/// Equal instructions shown around each difference.
const CONTEXT: usize = 3;

/// Most children of one call.
const MAX_COUNT: u64 = 1_000_000;

/// Which children, and what becomes of them.
#[derive(Debug, clap::Args)]
pub(crate) struct ChildArgs {
    /// Seed of every choice; the same seed gives the same child everywhere.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = groups::parse_count)]
    seed: u64,
    /// Make this many children, by this many seeds from the first on.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = parse_count)]
    count: u64,
    /// Where to write the child; `-` is standard output. With `--count` a folder, which is made if need be.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn parse_count(text: &str) -> Result<u64, String> {
    match groups::parse_count(text)? {
        count @ 1..=MAX_COUNT => Ok(count),
        count => Err(format!("expected 1 to {MAX_COUNT}, found {count}")),
    }
}

/// What the children are of.
pub(crate) struct Parents<'p> {
    /// The files, the one that the children are like first.
    pub(crate) files: Vec<&'p Path>,
    /// The genomes, in the same order.
    pub(crate) genomes: Vec<&'p Genome>,
    /// What is done to them, for messages: `mutate` or `breed`.
    pub(crate) verb: &'static str,
    /// The name of the record.
    pub(crate) schema: &'static str,
}

#[derive(Serialize)]
struct ChildrenV1 {
    parents: Vec<String>,
    children: Vec<ChildV1>,
}

#[derive(Serialize)]
struct ChildV1 {
    seed: u64,
    /// The child's identity; none where there is no child.
    genome: Option<String>,
    operator: Option<&'static str>,
    function: Option<u32>,
    /// What changed, or why there is no child.
    description: String,
    size_bytes: Option<usize>,
    file: Option<String>,
}

impl ChildArgs {
    /// Makes the children with `make`, a function of the seed, and delivers them.
    pub(crate) fn run(
        &self,
        io: &mut Io,
        parents: &Parents<'_>,
        make: impl Fn(u64) -> Result<Offspring, OffspringError>,
    ) -> miette::Result<ExitStatus> {
        let output = Destination::of(io, self.output.as_deref(), &parents.files, Report::of(self.json))?;
        if output == Destination::Stdout && self.count > 1 {
            return Err(mistakes::mistake(
                "several children do not go to standard output",
                Some("name a folder with `-o FOLDER`"),
            ));
        }
        if self.count > 1 || self.json {
            self.many(io, parents, output, make)
        } else {
            self.one(io, parents, output, make)
        }
    }

    fn one(
        &self,
        io: &mut Io,
        parents: &Parents<'_>,
        output: Destination<'_>,
        make: impl Fn(u64) -> Result<Offspring, OffspringError>,
    ) -> miette::Result<ExitStatus> {
        let child = match make(self.seed) {
            Ok(child) => child,
            Err(error) => return refuse(io, parents, &error),
        };
        let parent = parents.genomes[0];
        let summary = format!(
            "{} with seed {}: {}\nchild {} ({}) of {} ({})\n",
            child.origin.name(),
            self.seed,
            described(&child, parent),
            child.genome.id().short(),
            table::bytes(child.genome.bytes().len() as u64),
            parents.genomes.iter().map(|genome| genome.id().short()).collect::<Vec<_>>().join(" and "),
            table::bytes(parent.bytes().len() as u64),
        );
        output.write(io, child.genome.bytes())?;
        // Standard output takes the child or the text, not both.
        let text = if output == Destination::Stdout {
            String::new()
        } else {
            let found = diff::diff(parent, &child.genome).map_err(|error| {
                mistakes::failed(format!("print `{}`", parents.files[0].display()), &error, None)
            })?;
            let rest = diff_text::rest(io, &found, CONTEXT);
            format!("\n{}{rest}", diff_text::functions(io, &found, CONTEXT))
        };
        output.summarise(io, &format!("{summary}{text}"))?;
        Ok(ExitStatus::Yes)
    }

    fn many(
        &self,
        io: &mut Io,
        parents: &Parents<'_>,
        output: Destination<'_>,
        make: impl Fn(u64) -> Result<Offspring, OffspringError>,
    ) -> miette::Result<ExitStatus> {
        if let Some(folder) = self.output.as_ref().filter(|_| self.count > 1) {
            fs::create_dir_all(folder).map_err(|error| mistakes::unwritable(folder, &error))?;
        }
        let mut children = Vec::new();
        let mut last_error = None;
        for seed in (0..self.count).map(|step| self.seed.wrapping_add(step)) {
            children.push(match make(seed) {
                Ok(child) => {
                    let file = self.write(io, parents, output, seed, &child)?;
                    ChildV1 {
                        seed,
                        genome: Some(child.genome.id().to_string()),
                        operator: Some(child.origin.name()),
                        function: child.function,
                        size_bytes: Some(child.genome.bytes().len()),
                        file,
                        description: child.description,
                    }
                }
                Err(error) if error.is_bad_luck() => {
                    let description = error.to_string();
                    last_error = Some(error);
                    ChildV1 {
                        seed,
                        genome: None,
                        operator: None,
                        function: None,
                        description,
                        size_bytes: None,
                        file: None,
                    }
                }
                Err(error) => return refuse(io, parents, &error),
            });
        }
        let born = children.iter().filter(|child| child.genome.is_some()).count();
        if self.json {
            let parents_record = parents.genomes.iter().map(|genome| genome.id().to_string()).collect();
            json::print(io, parents.schema, &ChildrenV1 { parents: parents_record, children })?;
        } else if let Some(error) = last_error.filter(|_| born == 0) {
            return refuse(io, parents, &error);
        } else {
            let text = listing(io, &children);
            io.print(text)?;
            if let Some(folder) = &self.output {
                io.note(format!("wrote {born} genomes into `{}`", folder.display()));
            }
        }
        Ok(if born > 0 { ExitStatus::Yes } else { ExitStatus::No })
    }

    /// Writes a child where it was asked for: several into the folder, under the parent's name and the seed. Returns
    /// the file's name.
    fn write(
        &self,
        io: &mut Io,
        parents: &Parents<'_>,
        output: Destination<'_>,
        seed: u64,
        child: &Offspring,
    ) -> miette::Result<Option<String>> {
        let path;
        let place = match output {
            Destination::File(folder) if self.count > 1 => {
                let stem = parents.files[0].file_stem().filter(|stem| *stem != "-");
                let stem = stem.map_or("genome".into(), |stem| stem.to_string_lossy());
                path = folder.join(format!("{stem}-{seed}.wasm"));
                Destination::File(&path)
            }
            place => place,
        };
        place.write(io, child.genome.bytes())?;
        Ok(place.file())
    }
}

/// What changed and in which function; what breeding says names the function itself.
fn described(child: &Offspring, parent: &Genome) -> String {
    if matches!(child.origin, Origin::Bred(_)) {
        return child.description.clone();
    }
    let anatomy = parent.anatomy();
    let function = child
        .function
        .and_then(|index| anatomy.body()?.functions.iter().find(|function| function.index == index).cloned());
    match function {
        Some(function) => {
            let name = function.name.map(|name| format!(" `{name}`")).unwrap_or_default();
            format!("function {}{name}, {}", function.index, child.description)
        }
        None => child.description.clone(),
    }
}

fn listing(io: &Io, children: &[ChildV1]) -> String {
    let dash = || "-".to_owned();
    let rows: Vec<Vec<String>> = children
        .iter()
        .map(|child| {
            vec![
                child.seed.to_string(),
                child.genome.as_ref().map_or_else(dash, |genome| genome.chars().take(12).collect()),
                child.operator.map_or_else(dash, ToOwned::to_owned),
                child.function.map_or_else(dash, |function| function.to_string()),
                child.size_bytes.map_or_else(dash, |size| table::count(size as u64)),
                child.description.clone(),
            ]
        })
        .collect();
    table::render(
        io,
        &[
            Column::Right("seed"),
            Column::Left("genome"),
            Column::Left("operator"),
            Column::Right("function"),
            Column::Right("bytes"),
            Column::Left("change"),
        ],
        &rows,
    )
}

/// Reports why there is no child: the answer is no where another seed may do better.
fn refuse(io: &mut Io, parents: &Parents<'_>, error: &OffspringError) -> miette::Result<ExitStatus> {
    let files: Vec<String> = parents.files.iter().map(|file| format!("`{}`", file.display())).collect();
    let hint = match error {
        OffspringError::Inapplicable { reason, .. } if reason.0 == "there is no donor" => {
            Some("name a genome to take code from with `--donor FILE`")
        }
        OffspringError::Inapplicable { .. } => Some("try another `--seed` or `--operator`"),
        OffspringError::Bound(_) => {
            Some("try another `--seed`, or raise the bound with `--bound NAME=VALUE`")
        }
        OffspringError::NoCrossing(_) => Some("cross genomes that have functions of one type"),
        _ => None,
    };
    let report = mistakes::failed_for(format!("{} {}", parents.verb, files.join(" and ")), error, hint);
    if error.is_bad_luck() {
        io.report(&report);
        return Ok(ExitStatus::No);
    }
    Err(report)
}
