//! `flux trend`.

use flux_run::evolution::record::{GenerationRecordV1, TrendRecordV1};
use serde::Serialize;

use crate::archived_run::RunArgs;
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::json;
use crate::table::{self, Column};

/// Rows of the table; generations between are left out.
const ROWS: usize = 20;

/// Arguments of `flux trend`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The slope is that of the best variant over the policy's window, by least squares; it counts when it is more than twice its error.\n\n\
        Examples:\n  flux trend gcd-1\n  flux trend gcd-1 --json\n\n\
        Exit status: 0 improving or on a plateau; 1 declining; 2 there is no such run."
)]
pub(crate) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// Print one JSON object (schema flux.trend/1), with every generation.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TrendV1 {
    generations: Vec<PointV1>,
    run: String,
    trend: Option<TrendRecordV1>,
}

/// One generation, by the best of all populations.
#[derive(Serialize)]
struct PointV1 {
    confidence: f64,
    cycles_per_result: Option<f64>,
    diversity: usize,
    fitness: f64,
    generation: u64,
    members: usize,
    trend: TrendRecordV1,
    variants: u64,
}

impl PointV1 {
    /// None where no population has a member.
    fn of(record: &GenerationRecordV1) -> Option<Self> {
        // The best fitness, or confidence where none is right.
        let best = record.islands.iter().filter_map(|island| island.best.as_ref()).max_by(|a, b| {
            let key = |score: &flux_run::record::ScoreRecordV1| (score.confidence, score.fitness);
            let ((a0, a1), (b0, b1)) = (key(&a.score), key(&b.score));
            a0.total_cmp(&b0).then(a1.total_cmp(&b1))
        })?;
        Some(Self {
            confidence: best.score.confidence,
            cycles_per_result: best.score.cycles_per_result,
            diversity: record.islands.iter().map(|island| island.diversity).sum(),
            fitness: best.score.fitness,
            generation: record.generation,
            members: record.islands.iter().map(|island| island.members).sum(),
            trend: record.trend.clone(),
            variants: record.proposed,
        })
    }
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let run = self.run.open()?;
        let mut points = Vec::new();
        run.each_generation(|record| {
            points.extend(PointV1::of(&record));
            Ok(())
        })?;
        let trend = points.last().map(|point| point.trend.clone());
        let is_declining = trend.as_ref().is_some_and(|trend| trend.direction == "declining");
        let status = if is_declining { ExitStatus::No } else { ExitStatus::Yes };
        if self.json {
            let record = TrendV1 { generations: points, run: run.name().to_owned(), trend };
            json::print(io, "flux.trend/1", &record)?;
            return Ok(status);
        }
        let step = points.len().div_ceil(ROWS).max(1);
        let last = points.len().saturating_sub(1);
        let shown = points.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
        let rows: Vec<Vec<String>> = shown.map(|(_, point)| row(point)).collect();
        let columns = [
            Column::Right("generation"),
            Column::Right("variants"),
            Column::Right("confidence"),
            Column::Right("cycles/result"),
            Column::Right("fitness"),
            Column::Right("behaviours"),
            Column::Left("trend"),
        ];
        let text = table::render(io, &columns, &rows);
        io.print(text)?;
        if let Some(trend) = trend {
            io.line(format!(
                "{}: slope {:.3e} a generation, error {:.3e}",
                trend.direction, trend.slope, trend.error
            ))?;
        }
        Ok(status)
    }
}

fn row(point: &PointV1) -> Vec<String> {
    vec![
        point.generation.to_string(),
        table::count(point.variants),
        format!("{:.1} %", 100.0 * point.confidence),
        point.cycles_per_result.map_or_else(|| "-".to_owned(), |cycles| format!("{cycles:.1}")),
        format!("{:.4e}", point.fitness),
        format!("{} of {}", point.diversity, point.members),
        point.trend.direction.clone(),
    ]
}
