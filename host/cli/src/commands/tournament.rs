//! `flux tournament`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use flux_run::arena::{Answers, Arena};
use flux_run::record::TournamentRecordV1;
use flux_run::tournament::{self, Options, Standing, Tournament, TournamentError};
use flux_sandbox::Sandbox;

use crate::ecosystem::models::TapeArgs;
use crate::exit::ExitStatus;
use crate::groups::{BankArgs, BoundArgs};
use crate::io::Io;
use crate::progress::Progress;
use crate::table::{self, Column};
use crate::{genome_file, json, mistakes};

/// Arguments of `flux tournament`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every genome runs on every case of the arena; fitness = (1 / cycles per correct result) x confidence x trust.\n\
        Genomes below the arena's gate (by default: all cases passed) stand below those that reach it, however fast.\n\n\
        Examples:\n  flux tournament genomes/gcd\n  flux tournament genomes/sort8 mine.wat --rounds 5 --failures\n  flux tournament genomes/gcd genomes/flux/gcd.flx\n  flux tournament colony --json > standings.json\n\n\
        Exit status: 0; 1 where no genome reaches the gate; 2 where it could not be held."
)]
pub(crate) struct Args {
    /// The arena: a folder with an `arena.toml`, or such a file.
    arena: PathBuf,
    /// Genomes that compete beside the arena's rivals, as WebAssembly text or binary, or what compiles to one (.flx, .bin,
    /// .flux).
    genomes: Vec<PathBuf>,
    /// Leave the arena's rivals out.
    #[arg(long, requires = "genomes")]
    only: bool,
    /// Rounds; generated cases are drawn anew in each.
    #[arg(long, default_value_t = NonZeroU32::MIN, value_name = "N")]
    rounds: NonZeroU32,
    /// Threads; nothing in the result depends on it. By default one for each core.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Seed of generated cases and of the `random` capability. By default the arena's.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// List the trials that were not passed, and why.
    #[arg(long)]
    failures: bool,
    #[command(flatten)]
    tape: TapeArgs,
    #[command(flatten)]
    bank: BankArgs,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.tournament/1), with every trial.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let mut arena = Arena::load(&self.arena)?;
        if let Some(offer) = &mut arena.models {
            let read = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
            offer.keys = offer.key_names().filter_map(read).collect();
            offer.recorder = self.tape.recorder(&self.bank)?;
        } else if self.tape.is_wanted() {
            let hint = "leave `--tape` out";
            return Err(mistakes::mistake(format!("arena `{}` has no models", arena.name), Some(hint)));
        }
        let mut entrants = if self.only { Vec::new() } else { genome_file::rivals(io, &arena, &bounds)? };
        for path in &self.genomes {
            entrants.push(genome_file::entrant(io, path, &bounds)?);
        }
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
        let jobs =
            self.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        let options = Options { rounds: self.rounds.get(), jobs, seed: self.seed, ..Options::default() };
        let progress = Progress::new(io, &arena.name);
        let held =
            tournament::hold(&sandbox, &arena, &entrants, &options, &|at| progress.at(at.done, at.total));
        drop(progress);
        let held = held.map_err(|error| match error {
            TournamentError::Referee(error) => genome_file::of_the_arena(io, error),
            error => error.into(),
        })?;
        if let Some(offer) = &arena.models {
            self.tape.keep(&offer.recorder, &self.bank)?;
        }
        if self.json {
            json::print(io, flux_run::record::TOURNAMENT_V1, &TournamentRecordV1::from(&held))?;
        } else {
            print(io, &held)?;
            if self.failures {
                print_failures(io, &held)?;
            }
        }
        let any = held.standings.iter().any(|standing| standing.meets_gate);
        Ok(if any { ExitStatus::Yes } else { ExitStatus::No })
    }
}

/// Prints the standings.
pub(crate) fn print(io: &mut Io, held: &Tournament) -> miette::Result<()> {
    io.line(format!("{}: {}", held.arena, held.title))?;
    let mut columns = vec![
        Column::Right("place"),
        Column::Left("genome"),
        Column::Right("fitness"),
        Column::Right("cycles/result"),
        Column::Right("confidence"),
        Column::Right("held out"),
        Column::Right("trust"),
        Column::Right("bytes"),
    ];
    let mut rows: Vec<Vec<String>> = held.standings.iter().map(row).collect();
    if held.models.is_some() {
        columns.push(Column::Right("cost/trial"));
        for (row, standing) in rows.iter_mut().zip(&held.standings) {
            row.push(cost_of_a_trial(standing));
        }
    }
    let text = table::render(io, &columns, &rows);
    io.print(text)?;
    let below = held.standings.iter().filter(|standing| !standing.meets_gate).count();
    if below > 0 {
        io.line(format!(
            "* below the gate: fewer than {} of the cases passed",
            percent(held.gate.confidence())
        ))?;
    }
    io.line(format!(
        "{} cases, {}, seed {}, {}",
        table::count(held.n_cases as u64),
        if held.rounds == 1 { "1 round".to_owned() } else { format!("{} rounds", held.rounds) },
        held.seed,
        held.cost_table
    ))?;
    let Some(models) = &held.models else { return Ok(()) };
    let kind = match models.answers {
        Answers::Simulated => "simulated",
        Answers::Taped => "on tape",
        Answers::Live => "live: the tournament may come out differently next time",
    };
    io.line(format!("models {}, {kind}", &models.digest.to_hex()[..16]))
}

fn row(standing: &Standing) -> Vec<String> {
    let score = &standing.score;
    vec![
        standing.place.to_string(),
        format!("{}{}", standing.name, if standing.meets_gate { "" } else { " *" }),
        format!("{:.4e}", score.fitness),
        score.cycles_per_result.map_or_else(|| "-".to_owned(), |cycles| format!("{cycles:.1}")),
        percent(score.confidence),
        standing.held_out.as_ref().map_or_else(|| "-".to_owned(), |score| percent(score.confidence)),
        format!("{:.3}", score.trust),
        table::count(standing.len_bytes),
    ]
}

/// What asking cost in a trial on average, in the unit of the models' prices.
fn cost_of_a_trial(standing: &Standing) -> String {
    let trials = &standing.evaluation.trials;
    let billionths: u64 = trials.iter().filter_map(|trial| trial.spent_billionths).sum();
    format!("{:.6}", billionths as f64 / 1e9 / trials.len().max(1) as f64)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn print_failures(io: &mut Io, held: &Tournament) -> miette::Result<()> {
    let rows: Vec<Vec<String>> = held
        .standings
        .iter()
        .flat_map(|standing| standing.evaluation.trials.iter().map(move |trial| (standing, trial)))
        .filter_map(|(standing, trial)| {
            let note = trial.note.clone()?;
            Some(vec![
                standing.name.clone(),
                (trial.round + 1).to_string(),
                trial.case.clone(),
                trial.ending.clone(),
                note,
            ])
        })
        .collect();
    if rows.is_empty() {
        return io.line("every genome passed every case");
    }
    let text = table::render(
        io,
        &[
            Column::Left("genome"),
            Column::Right("round"),
            Column::Left("case"),
            Column::Left("ending"),
            Column::Left("why not"),
        ],
        &rows,
    );
    io.print(format!("\n{text}"))
}
