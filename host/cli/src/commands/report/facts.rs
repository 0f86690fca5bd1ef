//! What a report is drawn from: one pass over the records of a run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use flux_evolve::measure::Measure;
use flux_evolve::policy::{EvolutionPolicy, Strategy};
use flux_evolve::population;
use flux_evolve::score::Score;
use flux_genome::diff::{self, Diff};
use flux_genome::{Bounds, Genome};
use flux_run::evolution::archive::FreshV1;
use flux_run::evolution::archive::TimingsV1;
use flux_run::evolution::policy_file;
use flux_run::evolution::record::{
    EventRecordV1, FounderRecordV1, GenerationRecordV1, IslandRecordV1, MeasuredRecordV1, OperatorRecordV1,
    OutcomeRecordV1, TrendRecordV1, VariantRecordV1,
};
use flux_run::record::ScoreRecordV1;
use serde::Serialize;

use crate::archived_run::ArchivedRun;
use crate::diff_text::{self, FunctionDiffV1, LineV1};
use crate::{bank_file, mistakes};

/// Generations that a report shows at most; of more, each stands for those since the one before it.
const POINTS: usize = 400;

/// Islands that are drawn; there may be more, and the best of all is drawn too.
pub(super) const ISLANDS: usize = 8;

/// Ancestors of the champion that are drawn, the nearest first.
const ANCESTORS: usize = 300;

/// Steps of the lineage whose change of code is shown, and instructions that a step may have changed for that.
const STEPS_WITH_CODE: usize = 100;
const LINES_OF_A_STEP: usize = 60;

/// Everything that the page is drawn from.
pub(super) struct Facts {
    pub(super) record: ReportV1,
    /// The champion's genome and how it differs from the founder's.
    pub(super) code: Option<(Genome, Diff)>,
    /// What the steps of the lineage changed; none where it is too much to show, or not in the bank any more.
    pub(super) steps: Vec<Option<Diff>>,
}

/// A run, schema `flux.report/1`.
#[derive(Serialize)]
pub(super) struct ReportV1 {
    /// Ancestors of the champion by their numbers, the nearest of them.
    pub(super) ancestors: Vec<AncestorV1>,
    pub(super) arena: String,
    pub(super) arena_path: String,
    /// Null while the run has none.
    pub(super) champion: Option<ContenderV1>,
    /// What differs between the founder and the champion.
    pub(super) code: Option<CodeV1>,
    pub(super) cost_table: String,
    pub(super) counts: CountsV1,
    pub(super) crowned: Vec<EventV1>,
    /// The founder that the run began from, by its own measure the best.
    pub(super) founder: Option<ContenderV1>,
    pub(super) founders: Vec<FounderRecordV1>,
    /// How champion and founder do on inputs that were drawn anew; null while the run has not ended, and where the arena
    /// draws none.
    pub(super) fresh: Option<FreshV1>,
    /// The cells of the grid, where the strategy keeps one.
    pub(super) grid: Option<Vec<CellV1>>,
    /// Null while the run has not ended.
    pub(super) is_better: Option<bool>,
    /// How many islands there are; points have the first of them.
    pub(super) islands: usize,
    /// From the founder to the champion, over first parents.
    pub(super) lineage: Vec<StepV1>,
    pub(super) operators: Vec<OperatorRecordV1>,
    /// Generations; of many, some.
    pub(super) points: Vec<PointV1>,
    /// The policy, as a policy file.
    pub(super) policy: String,
    /// Null while the run has not ended.
    pub(super) root: Option<String>,
    pub(super) run: String,
    pub(super) seed: u64,
    /// The founder's cycles per correct result over the champion's.
    pub(super) speedup: Option<f64>,
    /// Why it ended; null while it has not.
    pub(super) stop: Option<String>,
    pub(super) strategy: &'static str,
    pub(super) timings: TotalsV1,
}

/// The champion or its founder.
#[derive(Clone, Serialize)]
pub(super) struct ContenderV1 {
    pub(super) genome: String,
    /// The score on the held-out cases; null when there are none.
    pub(super) held_out: Option<ScoreRecordV1>,
    pub(super) held_out_trials: u64,
    pub(super) len_bytes: u64,
    pub(super) name: Option<String>,
    pub(super) selection: ScoreRecordV1,
    pub(super) variant: u64,
}

#[derive(Serialize)]
pub(super) struct CodeV1 {
    pub(super) functions: Vec<FunctionDiffV1>,
    pub(super) rest: Vec<LineV1>,
    pub(super) unchanged_functions: usize,
}

/// What came of all proposals.
#[derive(Default, Serialize)]
pub(super) struct CountsV1 {
    pub(super) accepted: u64,
    pub(super) dropped: u64,
    pub(super) generations: u64,
    pub(super) measured: u64,
    pub(super) rolled_back: u64,
    pub(super) stillborn: u64,
    pub(super) too_large: u64,
    pub(super) variants: u64,
}

/// A variant that was crowned.
#[derive(Serialize)]
pub(super) struct EventV1 {
    pub(super) generation: u64,
    pub(super) variant: u64,
}

/// A generation.
#[derive(Serialize)]
pub(super) struct PointV1 {
    /// The best of all islands.
    pub(super) best: Option<ScoreRecordV1>,
    pub(super) generation: u64,
    pub(super) islands: Vec<IslandV1>,
    pub(super) more: f64,
    pub(super) trend: TrendRecordV1,
    pub(super) variants: u64,
}

/// An island in a generation.
#[derive(Serialize)]
pub(super) struct IslandV1 {
    pub(super) best: Option<ScoreRecordV1>,
    pub(super) diversity: usize,
    pub(super) median: Option<ScoreRecordV1>,
    pub(super) members: usize,
}

/// A step from the founder to the champion.
#[derive(Serialize)]
pub(super) struct StepV1 {
    pub(super) generation: u64,
    #[serde(flatten)]
    pub(super) variant: VariantRecordV1,
}

/// An ancestor of the champion, or itself.
#[derive(Serialize)]
pub(super) struct AncestorV1 {
    pub(super) confidence: f64,
    pub(super) cycles_per_result: Option<f64>,
    pub(super) generation: u64,
    /// Whether it is on the way over first parents.
    pub(super) on_the_way: bool,
    /// First parent, second parent and donor, as far as they are shown too.
    pub(super) sources: Vec<u64>,
    pub(super) variant: u64,
}

/// The best variant of a cell of the grid, over all behaviours.
#[derive(Clone, Serialize)]
pub(super) struct CellV1 {
    /// How many behaviours the cell has an elite for.
    pub(super) behaviours: usize,
    pub(super) confidence: f64,
    /// Quarters of an octave of cycles, from 4 cycles on.
    pub(super) cycles: u32,
    pub(super) cycles_per_result: Option<f64>,
    /// Quarters of an octave of bytes, from 4 bytes on.
    pub(super) size: u32,
    pub(super) variant: u64,
}

/// How long the run took. Not the same on another machine.
#[derive(Default, Serialize)]
pub(super) struct TotalsV1 {
    pub(super) known_share: f64,
    pub(super) made: u64,
    pub(super) making_s: f64,
    pub(super) measuring_s: f64,
    /// How many times it was taken up: 1 for a run that was never paused.
    pub(super) sessions: u64,
    pub(super) total_s: f64,
}

/// A variant that became a member, and when.
struct Known {
    generation: u64,
    record: VariantRecordV1,
}

/// What is collected while the records pass.
#[derive(Default)]
struct Pass {
    known: BTreeMap<u64, Known>,
    held_out: BTreeMap<u64, (Option<ScoreRecordV1>, u64)>,
    champion: Option<u64>,
    /// The first that challenged: the best founder.
    founder: Option<u64>,
    crowned: Vec<EventV1>,
    counts: CountsV1,
    operators: Vec<OperatorRecordV1>,
    points: Vec<PointV1>,
    islands: usize,
    grid: BTreeMap<(u32, u32, u64), Elite>,
    timings: TotalsV1,
}

/// Who holds a cell of the grid.
struct Elite {
    behaviour: u64,
    variant: u64,
    score: ScoreRecordV1,
}

/// Reads a run.
pub(super) fn gather(run: &ArchivedRun, bounds: &Bounds) -> miette::Result<Facts> {
    let header = &run.archived.header;
    let policy = policy_file::parse("of the run", &header.policy, &EvolutionPolicy::default())?;
    let mut pass = Pass::default();
    let (mut known_before, mut made_before) = (0, 0);
    for generation in run.bank.generations(run.archived.row.id, 0) {
        let generation = bank_file::asked(generation)?;
        let damaged = |error| {
            let what = format!("read generation {} of run `{}`", generation.index, run.name());
            mistakes::failed(what, &error, Some("`flux bank check` says what is damaged"))
        };
        let record: GenerationRecordV1 = serde_json::from_slice(&generation.record).map_err(damaged)?;
        let timings: TimingsV1 = serde_json::from_slice(&generation.timings).map_err(damaged)?;
        // Counts begin anew with every process that takes the run up.
        if timings.made < made_before || pass.timings.sessions == 0 {
            pass.timings.sessions += 1;
            (known_before, made_before) = (0, 0);
        }
        pass.timings.made += timings.made - made_before;
        pass.timings.known_share += timings.known.saturating_sub(known_before) as f64;
        (known_before, made_before) = (timings.known, timings.made);
        pass.timings.making_s += timings.making_s;
        pass.timings.measuring_s += timings.measuring_s;
        pass.timings.total_s += timings.total_s;
        pass.see(record, &policy);
    }
    pass.timings.known_share /= pass.timings.made.max(1) as f64;
    pass.finish(run, bounds, &policy)
}

impl Pass {
    fn see(&mut self, record: GenerationRecordV1, policy: &EvolutionPolicy) {
        let generation = record.generation;
        let behaviours: BTreeMap<&str, &MeasuredRecordV1> = record
            .outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                OutcomeRecordV1::Measured(found) => Some((found.genome.as_str(), found)),
                OutcomeRecordV1::Confirmed(_)
                | OutcomeRecordV1::Dropped(_)
                | OutcomeRecordV1::Stillborn
                | OutcomeRecordV1::TooLarge(_) => None,
            })
            .collect();
        let confirmed = record.outcomes.iter().find_map(|outcome| match outcome {
            OutcomeRecordV1::Confirmed(share) => Some(*share),
            OutcomeRecordV1::Dropped(_)
            | OutcomeRecordV1::Measured(_)
            | OutcomeRecordV1::Stillborn
            | OutcomeRecordV1::TooLarge(_) => None,
        });
        for EventRecordV1 { event, variant, .. } in &record.events {
            if event == "challenged" {
                self.founder.get_or_insert(*variant);
                continue;
            }
            if let Some(share) = confirmed {
                let score = share.map(|share| (&Score::of(&(&share).into(), &policy.trust)).into());
                self.held_out.insert(*variant, (score, share.map_or(0, |share| share.trials)));
            }
            if event == "crowned" {
                self.champion = Some(*variant);
                self.crowned.push(EventV1 { generation, variant: *variant });
            } else {
                self.counts.rolled_back += 1;
                // All that behave as it does are gone with it.
                let condemned =
                    self.grid.values().find(|elite| elite.variant == *variant).map(|elite| elite.behaviour);
                self.grid.retain(|_, elite| Some(elite.behaviour) != condemned);
            }
        }
        if policy.strategy == Strategy::MapElites {
            for variant in &record.accepted {
                if let Some(found) = behaviours.get(variant.genome.as_str()) {
                    let measure = Measure {
                        score: Score::of(&(&found.share).into(), &policy.trust),
                        credit: found.credit,
                        cycles: variant.cycles,
                        len_bytes: variant.len_bytes,
                        behaviour: found.behaviour,
                        credits: [].into(),
                    };
                    let elite =
                        Elite { behaviour: found.behaviour, variant: variant.variant, score: variant.score };
                    // Whoever became a member of a grid did so by taking its cell.
                    self.grid.insert(population::cell(&measure), elite);
                }
            }
        }
        let counts = &mut self.counts;
        counts.accepted += record.accepted.len() as u64;
        counts.dropped += record.dropped;
        counts.measured += record.measured;
        counts.stillborn += record.stillborn;
        counts.too_large += record.too_large;
        counts.generations = generation + 1;
        counts.variants = record.proposed;
        self.islands = record.islands.len();
        self.points.push(point(&record));
        self.operators = record.operators;
        for record in record.accepted {
            self.known.insert(record.variant, Known { generation, record });
        }
    }

    fn finish(
        mut self,
        run: &ArchivedRun,
        bounds: &Bounds,
        policy: &EvolutionPolicy,
    ) -> miette::Result<Facts> {
        let header = &run.archived.header;
        let footer = run.archived.footer.as_ref();
        let champion = self.champion.or(self.founder).and_then(|variant| self.contender(variant, header));
        let founder = self.founder.and_then(|variant| self.contender(variant, header));
        let lineage = champion.as_ref().map_or_else(Vec::new, |champion| self.way_to(champion.variant));
        let ancestors =
            champion.as_ref().map_or_else(Vec::new, |champion| self.ancestors(champion.variant, &lineage));
        let code = match (&founder, &champion) {
            (Some(founder), Some(champion)) => {
                let before = stored(run, &founder.genome, bounds)?;
                let after = stored(run, &champion.genome, bounds)?;
                match (before, after) {
                    (Some(before), Some(after)) => {
                        let found = differences(&before, &after)?;
                        Some((after, found))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let steps = steps(run, &lineage, bounds)?;
        let cycles = |contender: &Option<ContenderV1>| contender.as_ref()?.selection.cycles_per_result;
        let record = ReportV1 {
            ancestors,
            arena: header.arena.clone(),
            arena_path: header.arena_path.clone(),
            code: code.as_ref().map(|(_, found)| CodeV1 {
                functions: diff_text::function_records(found),
                rest: diff_text::line_records(&found.rest),
                unchanged_functions: found.n_unchanged,
            }),
            cost_table: header.cost_table.clone(),
            counts: self.counts,
            crowned: self.crowned,
            founders: header.founders.clone(),
            fresh: footer.and_then(|footer| footer.fresh.clone()),
            grid: (policy.strategy == Strategy::MapElites).then(|| cells(&self.grid)),
            is_better: footer.map(|footer| footer.is_better),
            islands: self.islands,
            lineage,
            operators: self.operators,
            points: thinned(std::mem::take(&mut self.points)),
            policy: header.policy.clone(),
            root: footer.map(|footer| footer.root.clone()),
            run: run.name().to_owned(),
            seed: header.seed,
            speedup: cycles(&founder).zip(cycles(&champion)).map(|(before, after)| before / after),
            stop: footer.map(|footer| footer.stop.clone()),
            strategy: policy.strategy.name(),
            timings: self.timings,
            champion,
            founder,
        };
        Ok(Facts { record, code, steps })
    }

    fn contender(
        &self,
        variant: u64,
        header: &flux_run::evolution::record::RunHeaderV1,
    ) -> Option<ContenderV1> {
        let Known { record, .. } = self.known.get(&variant)?;
        let (held_out, held_out_trials) = self.held_out.get(&variant).copied().unwrap_or_default();
        let name = header.founders.iter().find(|founder| founder.genome == record.genome);
        Some(ContenderV1 {
            genome: record.genome.clone(),
            held_out,
            held_out_trials,
            len_bytes: record.len_bytes,
            name: name.map(|founder| founder.name.clone()),
            selection: record.score,
            variant,
        })
    }

    fn way_to(&self, last: u64) -> Vec<StepV1> {
        let mut way = Vec::new();
        let mut next = Some(last);
        while let Some(Known { generation, record }) = next.and_then(|variant| self.known.get(&variant)) {
            // Parents come before their children, so that the way ends.
            next = record.parents.first().copied().filter(|parent| *parent < record.variant);
            way.push(StepV1 { generation: *generation, variant: record.clone() });
        }
        way.reverse();
        way
    }

    fn ancestors(&self, champion: u64, way: &[StepV1]) -> Vec<AncestorV1> {
        let on_the_way: BTreeSet<u64> = way.iter().map(|step| step.variant.variant).collect();
        let sources =
            |record: &VariantRecordV1| record.parents.iter().copied().chain(record.donor).collect::<Vec<_>>();
        let mut shown: BTreeSet<u64> =
            way.iter().rev().take(ANCESTORS).map(|step| step.variant.variant).collect();
        let mut open = VecDeque::from([champion]);
        let mut seen = BTreeSet::from([champion]);
        while let Some(variant) = open.pop_front() {
            if shown.len() >= ANCESTORS {
                break;
            }
            let Some(known) = self.known.get(&variant) else { continue };
            shown.insert(variant);
            open.extend(sources(&known.record).into_iter().filter(|source| seen.insert(*source)));
        }
        let known = shown.iter().filter_map(|variant| self.known.get(variant));
        known
            .map(|Known { generation, record }| AncestorV1 {
                confidence: record.score.confidence,
                cycles_per_result: record.score.cycles_per_result,
                generation: *generation,
                on_the_way: on_the_way.contains(&record.variant),
                sources: sources(record).into_iter().filter(|source| shown.contains(source)).collect(),
                variant: record.variant,
            })
            .collect()
    }
}

fn point(record: &GenerationRecordV1) -> PointV1 {
    let best = record.islands.iter().filter_map(|island| island.best.as_ref()).map(|best| best.score);
    let best =
        best.max_by(|a, b| a.confidence.total_cmp(&b.confidence).then(a.fitness.total_cmp(&b.fitness)));
    let island = |island: &IslandRecordV1| IslandV1 {
        best: island.best.as_ref().map(|best| best.score),
        diversity: island.diversity,
        median: island.median,
        members: island.members,
    };
    PointV1 {
        best,
        generation: record.generation,
        islands: record.islands.iter().take(ISLANDS).map(island).collect(),
        more: record.more,
        trend: record.trend.clone(),
        variants: record.proposed,
    }
}

/// At most [`POINTS`] of them, evenly, with the first and the last.
fn thinned(points: Vec<PointV1>) -> Vec<PointV1> {
    let last = points.len().saturating_sub(1);
    if last < POINTS {
        return points;
    }
    let wanted: BTreeSet<usize> = (0..POINTS).map(|at| at * last / (POINTS - 1)).collect();
    let points = points.into_iter().enumerate();
    points.filter(|(at, _)| wanted.contains(at)).map(|(_, point)| point).collect()
}

/// The grid over size and cycles; of the behaviours in a cell, the best.
fn cells(grid: &BTreeMap<(u32, u32, u64), Elite>) -> Vec<CellV1> {
    let mut cells: BTreeMap<(u32, u32), CellV1> = BTreeMap::new();
    for ((size, cycles, _), Elite { variant, score, .. }) in grid {
        let fresh = CellV1 {
            behaviours: 0,
            confidence: score.confidence,
            cycles: *cycles,
            cycles_per_result: score.cycles_per_result,
            size: *size,
            variant: *variant,
        };
        let cell = cells.entry((*size, *cycles)).or_insert_with(|| fresh.clone());
        let n_behaviours = cell.behaviours + 1;
        if fresh.confidence > cell.confidence {
            *cell = fresh;
        }
        cell.behaviours = n_behaviours;
    }
    cells.into_values().collect()
}

/// A genome of the run; none where `flux bank gc` has taken it away.
fn stored(run: &ArchivedRun, id: &str, bounds: &Bounds) -> miette::Result<Option<Genome>> {
    let hash = id.parse().map_err(|error| mistakes::failed("read a record", &error, None))?;
    if bank_file::asked(run.bank.has_genome(&hash))? { run.genome(id, bounds).map(Some) } else { Ok(None) }
}

fn differences(before: &Genome, after: &Genome) -> miette::Result<Diff> {
    diff::diff(before, after).map_err(|error| mistakes::failed("print a genome", &error, None))
}

/// What each step changed, as far as it is shown.
fn steps(run: &ArchivedRun, lineage: &[StepV1], bounds: &Bounds) -> miette::Result<Vec<Option<Diff>>> {
    let mut found = Vec::with_capacity(lineage.len());
    let mut before: Option<Genome> = None;
    let from = lineage.len().saturating_sub(STEPS_WITH_CODE);
    for (at, step) in lineage.iter().enumerate() {
        if at + 1 < from {
            found.push(None);
            continue;
        }
        let after = stored(run, &step.variant.genome, bounds)?;
        let change = match (&before, &after) {
            (Some(before), Some(after)) => Some(differences(before, after)?),
            _ => None,
        };
        found.push(change.filter(|change| n_changed(change) <= LINES_OF_A_STEP));
        before = after;
    }
    Ok(found)
}

fn n_changed(change: &Diff) -> usize {
    let lines = change.functions.iter().flat_map(|function| &function.lines).chain(&change.rest);
    lines.filter(|line| line.side != diff::Side::Both).count()
}
