//! What people see of a run under way: a line for each population on a terminal, else a line for each new champion.

use std::time::{Duration, Instant};

use flux_evolve::history::Event;
use flux_evolve::measure::Measure;
use flux_evolve::variant::{Base, Variant};
use flux_run::evolution::{Evolution, Step};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::io::Io;

/// Lines on a terminal are drawn anew this often, at most.
const REDRAW: Duration = Duration::from_millis(100);

/// Without a terminal there is a line after so much time without one.
const SILENCE: Duration = Duration::from_secs(20);

/// Shows how a run goes.
pub(super) struct Live {
    bars: Vec<ProgressBar>,
    /// Keeps the lines together; they are gone when it is.
    _lines: Option<MultiProgress>,
    begun: Instant,
    limit: Option<Duration>,
    drawn: Instant,
    proposed_before: u64,
}

impl Live {
    pub(super) fn new(io: &Io, run: &Evolution<'_>, limit: Option<Duration>) -> Self {
        let now = Instant::now();
        let mut bars = Vec::new();
        let lines = io.stderr_is_terminal.then(|| {
            let lines = MultiProgress::new();
            // One line more, for what concerns the whole run.
            for _ in 0..=run.populations().len() {
                let bar = lines.add(ProgressBar::new_spinner());
                // The template is a constant; where it should ever not parse, the default style does.
                if let Ok(style) = ProgressStyle::with_template("{msg}") {
                    bar.set_style(style);
                }
                bars.push(bar);
            }
            lines
        });
        Self { bars, _lines: lines, begun: now, limit, drawn: now, proposed_before: 0 }
    }

    /// Says something that stays.
    pub(super) fn say(&self, io: &mut Io, text: &str) {
        match self.bars.first() {
            Some(bar) => bar.println(text),
            None => io.note(text),
        }
    }

    /// Shows a generation.
    pub(super) fn show(&mut self, io: &mut Io, run: &Evolution<'_>, step: &Step) {
        if step.report.generation == 0 {
            self.proposed_before = step.report.n_proposed;
        }
        for event in &step.report.events {
            match event {
                Event::Crowned { .. } => {
                    if let Some((champion, _)) = run.champion() {
                        self.say(io, &self.crowned(step, &champion.variant));
                    }
                }
                Event::RolledBack { genome, .. } => {
                    let short = genome.short();
                    let text = format!(
                        "generation {}: {short} fails on held-out cases, rolled back",
                        step.report.generation
                    );
                    self.say(io, &text);
                }
                Event::Challenged { .. } => {}
            }
            self.drawn = Instant::now();
        }
        if self.bars.is_empty() {
            if self.drawn.elapsed() > SILENCE {
                self.drawn = Instant::now();
                io.note(self.summary(run, step));
            }
        } else if self.drawn.elapsed() > REDRAW || !step.report.events.is_empty() {
            self.drawn = Instant::now();
            for (at, (bar, island)) in self.bars.iter().zip(&step.report.islands).enumerate() {
                let best = island.best.as_ref().map_or_else(String::new, |best| describe(&best.measure));
                let median = island.median.as_ref().map_or_else(String::new, describe);
                bar.set_message(format!(
                    "island {}: best {best}; median {median}; {} members, {} behaviours",
                    at + 1,
                    island.n_members,
                    island.diversity,
                ));
            }
            if let Some(bar) = self.bars.last() {
                bar.set_message(self.summary(run, step));
            }
        }
    }

    fn crowned(&self, step: &Step, variant: &Variant) -> String {
        let operators: Vec<&str> = variant.recipe.operators.iter().map(|operator| operator.name()).collect();
        let how = match (operators.as_slice(), &variant.recipe.base) {
            ([], Base::Founder(_)) => ", the best of the founders".to_owned(),
            ([], _) => ", by breed".to_owned(),
            (operators, _) => format!(", by {}", operators.join(" ")),
        };
        format!(
            "generation {}: {} {}{how}",
            step.report.generation,
            variant.genome.short(),
            describe(&variant.measure)
        )
    }

    fn summary(&self, run: &Evolution<'_>, step: &Step) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        let rate = (step.report.n_proposed.saturating_sub(self.proposed_before)) as f64 / seconds.max(1e-9);
        let mut arms: Vec<_> = run.operators().iter().filter(|arm| arm.tried > 0).collect();
        arms.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        let paying: Vec<String> = arms
            .iter()
            .take(3)
            .map(|arm| {
                format!("{} {:.1} %", arm.operator.name(), 100.0 * arm.better as f64 / arm.tried as f64)
            })
            .collect();
        let left = self.limit.map_or_else(String::new, |limit| {
            format!(", {:.0} s left", limit.saturating_sub(self.begun.elapsed()).as_secs_f64())
        });
        format!(
            "generation {}, {rate:.0} variants/s, {}, better by {}{left}",
            step.report.generation,
            step.report.trend.direction.name(),
            if paying.is_empty() { "none yet".to_owned() } else { paying.join(", ") },
        )
    }
}

/// What was measured, in a few words.
fn describe(measure: &Measure) -> String {
    let cycles =
        measure.score.cycles_per_result.map_or_else(|| "no result".to_owned(), |c| format!("{c:.1} cycles"));
    format!("{:.1} % right, {cycles}, {} bytes", 100.0 * measure.score.confidence, measure.len_bytes)
}
