//! What the screen shows of a run, apart from how.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use flux_evolve::history::Event;
use flux_evolve::measure::Measure;
use flux_evolve::policy::Strategy;
use flux_evolve::population;
use flux_genome::diff::{self, Side};
use flux_run::evolution::{Evolution, Step};

/// Islands whose fitness is drawn.
pub(super) const ISLANDS: usize = 6;

/// Points of a line; when there are more, every other one goes.
const POINTS: usize = 1000;

/// Events that are remembered.
const EVENTS: usize = 100;

/// What takes long to find out is found out this often.
const SLOW: Duration = Duration::from_millis(300);

/// Equal lines shown around what differs.
const CONTEXT: usize = 3;

/// Lines of code that are kept; `flux diff` shows all.
const LINES: usize = 2000;

/// Parts of an octave that a cell of the grid has, and those that members are told apart by where there is no grid.
pub(super) const QUARTERS: u32 = 4;
pub(super) const FINE: u32 = 32;

/// A number in fine parts of octaves.
fn fine(value: u64) -> u32 {
    // For the eye alone: what depends on it is nothing but where a mark stands.
    ((value.max(1) as f64).log2() * f64::from(FINE)) as u32
}

/// What is shown of a run.
pub(in super::super) struct View {
    pub(super) name: String,
    /// How it searches, and from which seed.
    pub(super) about: String,
    pub(super) begun: Instant,
    /// When it is to be paused.
    pub(super) limit: Option<Duration>,
    /// Generations after which it ends.
    pub(super) most_generations: Option<u64>,
    pub(super) generation: u64,
    pub(super) variants: u64,
    /// Variants when the view began: a run that was taken up has some.
    pub(super) variants_before: Option<u64>,
    pub(super) trend: &'static str,
    pub(super) islands: Vec<Island>,
    /// For each island that is drawn, generations and the logarithm of the fitness of its best.
    pub(super) lines: Vec<Vec<(f64, f64)>>,
    pub(super) operators: Vec<Operator>,
    pub(super) places: Vec<Place>,
    /// The parts of an octave that places are given in.
    pub(super) parts: u32,
    pub(super) champion: Option<Best>,
    pub(super) founder: Option<Best>,
    pub(super) code: Vec<(Side, String)>,
    pub(super) events: VecDeque<String>,
    /// Only every so many generations add a point.
    pub(super) stride: u64,
    pub(super) looked: Option<Instant>,
    /// The champion whose code is shown.
    pub(super) read: Option<flux_genome::GenomeId>,
    /// Whether the run begins here, and was not taken up.
    pub(super) is_new: bool,
}

/// A population.
pub(super) struct Island {
    pub(super) best: Option<Best>,
    pub(super) median: Option<Best>,
    pub(super) members: usize,
    pub(super) behaviours: usize,
}

/// What was measured of a variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Best {
    pub(super) confidence: f64,
    pub(super) cycles: Option<f64>,
    pub(super) bytes: u64,
}

/// How an operator has done.
pub(super) struct Operator {
    pub(super) name: &'static str,
    pub(super) tried: u64,
    pub(super) better: u64,
    pub(super) neutral: u64,
}

/// Where a member lies, in parts of octaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) cycles: u32,
    pub(super) size: u32,
    pub(super) confidence: f64,
    pub(super) is_champion: bool,
}

impl Best {
    fn of(measure: &Measure) -> Self {
        Self {
            confidence: measure.score.confidence,
            cycles: measure.score.cycles_per_result,
            bytes: measure.len_bytes,
        }
    }
}

impl View {
    /// The view of a run that goes on now, until `limit` if there is one.
    pub(in super::super) fn new(name: &str, run: &Evolution<'_>, limit: Option<Duration>) -> Self {
        let policy = run.policy();
        Self {
            name: name.to_owned(),
            about: format!("{} in {}, seed {}", policy.strategy.name(), run.arena().name, run.seed()),
            begun: Instant::now(),
            limit,
            most_generations: Some(policy.stop.generations).filter(|most| *most > 0),
            generation: run.generation(),
            variants: run.n_proposed(),
            variants_before: None,
            trend: "",
            islands: Vec::new(),
            lines: Vec::new(),
            operators: Vec::new(),
            places: Vec::new(),
            parts: QUARTERS,
            champion: None,
            founder: None,
            code: Vec::new(),
            events: VecDeque::new(),
            stride: 1,
            looked: None,
            read: None,
            is_new: run.generation() == 0,
        }
    }

    /// Takes a generation in.
    pub(in super::super) fn take(&mut self, run: &Evolution<'_>, step: &Step) {
        let report = &step.report;
        self.generation = report.generation;
        self.variants = report.n_proposed;
        self.variants_before.get_or_insert(report.n_proposed);
        self.trend = report.trend.direction.name();
        let islands = report.islands.iter().map(|island| Island {
            best: island.best.as_ref().map(|best| Best::of(&best.measure)),
            median: island.median.as_ref().map(Best::of),
            members: island.n_members,
            behaviours: island.diversity,
        });
        self.islands = islands.collect();
        self.lines.resize_with(report.islands.len().min(ISLANDS), Vec::new);
        if report.generation.is_multiple_of(self.stride) {
            for (line, island) in self.lines.iter_mut().zip(&report.islands) {
                let fitness = island.best.as_ref().map_or(0.0, |best| best.measure.score.fitness);
                if fitness > 0.0 {
                    line.push((report.generation as f64, fitness.log10()));
                }
            }
            if self.lines.iter().any(|line| line.len() > POINTS) {
                self.stride *= 2;
                for line in &mut self.lines {
                    line.retain(|(generation, _)| (*generation as u64).is_multiple_of(self.stride));
                }
            }
        }
        let operators = run.operators().iter().map(|arm| Operator {
            name: arm.operator.name(),
            tried: arm.tried,
            better: arm.better,
            neutral: arm.neutral,
        });
        self.operators = operators.collect();
        self.operators.sort_by(|a, b| b.share().total_cmp(&a.share()));
        for event in &report.events {
            let text = match event {
                Event::Crowned { .. } => run.champion().map(|(champion, _)| {
                    let best = Best::of(&champion.variant.measure);
                    let operators = champion.variant.recipe.operators.iter().map(|operator| operator.name());
                    let how = operators.collect::<Vec<_>>().join(" ");
                    format!("{:>6}  {}  {how}", report.generation, best.describe())
                }),
                Event::RolledBack { .. } => {
                    Some(format!("{:>6}  rolled back: fails on held-out cases", report.generation))
                }
                Event::Challenged { .. } => None,
            };
            self.events.extend(text);
            if self.events.len() > EVENTS {
                self.events.pop_front();
            }
        }
        self.champion = run.champion().map(|(champion, _)| Best::of(&champion.variant.measure));
        if self.is_new {
            // The first champion is the best of the founders.
            self.founder = self.founder.or(self.champion);
        }
        if self.looked.is_none_or(|looked| looked.elapsed() > SLOW) {
            self.looked = Some(Instant::now());
            self.look(run);
        }
    }

    /// Finds out what takes long.
    fn look(&mut self, run: &Evolution<'_>) {
        let crowned = run.champion().map(|(champion, _)| champion.variant.id);
        let members = run.populations().iter().flat_map(population::Population::members);
        let is_grid = run.policy().strategy == Strategy::MapElites;
        self.parts = if is_grid { QUARTERS } else { FINE };
        let places = members.map(|member| {
            let (size, cycles) = if is_grid {
                let (size, cycles, _) = population::cell(&member.measure);
                (size, cycles)
            } else {
                (fine(member.measure.len_bytes), fine(member.measure.cycles))
            };
            let confidence = member.measure.score.confidence;
            Place { cycles, size, confidence, is_champion: Some(member.id) == crowned }
        });
        self.places = places.collect();
        let Some((_, genome)) = run.champion() else { return };
        if self.read == Some(genome.id()) {
            return;
        }
        self.read = Some(genome.id());
        let Some(founder) = run.founders().first() else { return };
        // A champion that cannot be printed is shown without code.
        self.code = diff::diff(founder, genome).map_or_else(|_| Vec::new(), |found| lines(&found));
    }

    /// Variants a second since the view began.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let done = self.variants.saturating_sub(self.variants_before.unwrap_or(self.variants));
        done as f64 / now.duration_since(self.begun).as_secs_f64().max(1e-3)
    }
}

impl Best {
    /// In a few words.
    pub(super) fn describe(&self) -> String {
        let cycles =
            self.cycles.map_or_else(|| "no result".to_owned(), |cycles| format!("{cycles:.1} cycles"));
        format!("{:.1} % right, {cycles}, {} bytes", 100.0 * self.confidence, self.bytes)
    }
}

impl Operator {
    /// The share of its children that were better than their parent.
    pub(super) fn share(&self) -> f64 {
        self.better as f64 / self.tried.max(1) as f64
    }
}

/// What differs, with what is around it.
fn lines(found: &diff::Diff) -> Vec<(Side, String)> {
    let mut all = Vec::new();
    for function in &found.functions {
        all.push((Side::Both, crate::diff_text::heading(function)));
        for (at, hunk) in diff::hunks(&function.lines, CONTEXT).into_iter().enumerate() {
            if at > 0 {
                all.push((Side::Both, "  ...".to_owned()));
            }
            all.extend(function.lines[hunk].iter().map(|line| (line.side, format!("  {}", line.text))));
            if all.len() > LINES {
                all.truncate(LINES);
                return all;
            }
        }
    }
    all
}
