//! What is said at the end of a run: the champion beside its founder.

use std::time::Duration;

use flux_evolve::score::Score;
use flux_genome::diff;
use flux_run::evolution::{Evolution, Finish};
use flux_run::record::ScoreRecordV1;
use serde::Serialize;

use crate::diff_text;
use crate::io::Io;
use crate::mistakes;
use crate::table::{self, Column};

/// Lines of the difference that are shown; `flux diff` shows all of it.
const DIFF_LINES: usize = 60;

/// The end of a run, schema `flux.evolve/1`. The same run has the same object, on every machine.
#[derive(Serialize)]
pub(super) struct EvolveV1 {
    arena: String,
    champion: ContenderV1,
    founder: ContenderV1,
    fresh_inputs: u64,
    generations: u64,
    is_better: bool,
    root: String,
    run: Option<String>,
    seed: u64,
    speedup: Option<f64>,
    stop: Option<&'static str>,
    variants: u64,
}

#[derive(Serialize)]
struct ContenderV1 {
    fresh: Option<ScoreRecordV1>,
    genome: String,
    held_out: Option<ScoreRecordV1>,
    len_bytes: usize,
    selection: ScoreRecordV1,
}

impl EvolveV1 {
    pub(super) fn of(run: &Evolution<'_>, finish: &Finish, name: Option<&str>) -> Self {
        let record = |score: &Option<Score>| score.as_ref().map(Into::into);
        Self {
            arena: run.arena().name.clone(),
            champion: ContenderV1 {
                fresh: record(&finish.fresh),
                genome: finish.genome.id().to_string(),
                held_out: record(&finish.champion.held_out),
                len_bytes: finish.genome.bytes().len(),
                selection: (&finish.champion.variant.measure.score).into(),
            },
            founder: ContenderV1 {
                fresh: record(&finish.founder.fresh),
                genome: finish.founder.genome.id().to_string(),
                held_out: record(&finish.founder.held_out),
                len_bytes: finish.founder.genome.bytes().len(),
                selection: (&finish.founder.selection).into(),
            },
            fresh_inputs: finish.n_fresh,
            generations: run.generation(),
            is_better: finish.is_better,
            root: run.root(),
            run: name.map(str::to_owned),
            seed: run.seed(),
            speedup: finish.speedup,
            stop: run.stop().map(flux_evolve::engine::Stop::name),
            variants: run.n_proposed(),
        }
    }
}

/// Prints the champion beside its founder.
pub(super) fn print(
    io: &mut Io,
    run: &Evolution<'_>,
    finish: &Finish,
    name: Option<&str>,
    took: Duration,
) -> miette::Result<()> {
    let champion = &finish.champion;
    let mine = &champion.variant.measure.score;
    let founder = &finish.founder;
    let share = |score: Option<&Score>| {
        score.map_or_else(|| "-".to_owned(), |score| format!("{:.1} %", 100.0 * score.confidence))
    };
    let row = |what: String, score: &Score, held: Option<&Score>, fresh: Option<&Score>, bytes: usize| {
        vec![
            what,
            format!("{:.4e}", score.fitness),
            score.cycles_per_result.map_or_else(|| "-".to_owned(), |cycles| format!("{cycles:.1}")),
            share(Some(score)),
            share(held),
            share(fresh),
            table::count(bytes as u64),
        ]
    };
    let rows = [
        row(
            "champion".to_owned(),
            mine,
            champion.held_out.as_ref(),
            finish.fresh.as_ref(),
            finish.genome.bytes().len(),
        ),
        row(
            format!("founder `{}`", founder.name),
            &founder.selection,
            founder.held_out.as_ref(),
            founder.fresh.as_ref(),
            founder.genome.bytes().len(),
        ),
    ];
    let columns = [
        Column::Left("genome"),
        Column::Right("fitness"),
        Column::Right("cycles/result"),
        Column::Right("confidence"),
        Column::Right("held out"),
        Column::Right("fresh"),
        Column::Right("bytes"),
    ];
    let text = table::render(io, &columns, &rows);
    io.print(text)?;
    print_diff(io, finish)?;
    let verdict = match (finish.is_better, finish.speedup) {
        (true, Some(speedup)) => format!("the champion is better: {speedup:.2} times fewer cycles a result"),
        (true, None) => "the champion is right where the founder is not".to_owned(),
        (false, _) => "the champion is not better than the best founder".to_owned(),
    };
    let fresh = match finish.n_fresh {
        0 => "no fresh inputs to hold it against".to_owned(),
        n => format!("held against {} fresh inputs", table::count(n)),
    };
    io.line(format!("{verdict}; {fresh}"))?;
    let counts = run.counts();
    io.line(format!(
        "{} variants in {} generations, seed {}, root {}{}",
        table::count(run.n_proposed()),
        run.generation(),
        run.seed(),
        &run.root()[..16],
        run.stop().map_or_else(|| ", paused".to_owned(), |stop| format!(", ended by {}", stop.name())),
    ))?;
    // What depends on the machine goes where it is in nobody's way.
    io.note(format!(
        "{:.1} s, {:.0} variants/s, {:.1} % known before",
        took.as_secs_f64(),
        counts.made as f64 / took.as_secs_f64().max(1e-9),
        100.0 * counts.known as f64 / counts.made.max(1) as f64,
    ));
    match (name, run.stop()) {
        (Some(name), None) => io.note(format!("to go on: flux evolve --resume {name}")),
        (Some(name), Some(_)) => {
            io.note(format!("to see more: flux champion {name}, flux lineage {name}, flux replay {name}"));
        }
        (None, _) => {}
    }
    Ok(())
}

fn print_diff(io: &mut Io, finish: &Finish) -> miette::Result<()> {
    let found = diff::diff(&finish.founder.genome, &finish.genome)
        .map_err(|error| mistakes::failed("print a genome", &error, None))?;
    let text = diff_text::functions(io, &found, 2);
    if text.is_empty() {
        return Ok(());
    }
    let n_lines = text.lines().count();
    for line in text.lines().take(DIFF_LINES) {
        io.line(line)?;
    }
    if n_lines > DIFF_LINES {
        io.line(format!("... {} more lines", n_lines - DIFF_LINES))?;
    }
    io.line("")
}
