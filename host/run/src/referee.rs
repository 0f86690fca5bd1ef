//! The referee: runs genomes on an arena's cases and judges what comes of it.
//!
//! It is fixed by the arena and never by the genome being scored: partners and oracle come from the arena's folder,
//! expected values from the file or from the oracle.

use std::collections::BTreeMap;
use std::iter;
use std::path::Path;
use std::time::Duration;

use rand_chacha::rand_core::Rng as _;
use rayon::prelude::*;

use flux_broker::ModelError;
use flux_evolve::measure::FULL_CREDIT;
use flux_evolve::score::Score;
use flux_evolve::tally::Tally;
use flux_evolve::trial::{Conduct, Trial, Weight};
use flux_evolve::trust::TrustPolicy;
use flux_genome::{Bounds, Genome, GenomeId, World};
use flux_sandbox::{
    Agent, Ending, Input, Limits, Loaded, Loading, Outcome, Refusal, Sandbox, Setting, Traps,
};

use crate::arena::draw::{Purpose, stream};
use crate::arena::{Arena, Case, Draft, Generate, GenomeFile, Player, Seat, Task};
use crate::counsel::{Models, ModelsError};
use crate::entrant::{Entrant, EntrantError};
use crate::limits::ORACLE_CYCLES_FACTOR;
use crate::verdict;

mod seen;

use seen::Seen;

pub use seen::Trace;

/// Judges genomes by one arena. May be shared by threads.
pub struct Referee<'a> {
    sandbox: &'a Sandbox,
    arena: &'a Arena,
    seed: u64,
    /// `partners[i]` sits in seat i; none where the variant sits.
    partners: Vec<Option<Loaded>>,
    oracle: Option<Loaded>,
    /// Whom genomes ask, where the arena offers models.
    models: Option<Models>,
    /// Whether the oracle's answers stand in place of what the arena's written cases expect.
    preserves: bool,
}

/// The cases of one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number, from 0.
    pub number: u32,
    /// The arena's written cases, then the generated ones.
    pub cases: Vec<Case>,
}

/// A round whose cases are ready to be played any number of times.
#[derive(Clone, Debug)]
pub struct Prepared {
    round: Round,
    /// `tables[i]` is what the agents of case i are given, in the order of their seats.
    tables: Vec<Vec<(Input, Setting)>>,
}

impl Prepared {
    /// The round.
    #[must_use]
    pub fn round(&self) -> &Round {
        &self.round
    }
}

/// A genome ready to be tried, or the reason why it is not run.
pub struct Contestant {
    loaded: Result<Loaded, Refusal>,
}

/// What came of one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrialReport {
    /// The round, from 0.
    pub round: u32,
    /// The position of the case in its round, from 0.
    pub case_idx: usize,
    /// The case's name.
    pub case: String,
    /// What enters the score.
    pub trial: Trial,
    /// How the variant's run ended, by the sandbox's stable name: `result`, `trap:unreachable`, ...
    pub ending: String,
    /// Why the trial was not passed, in words; none when it was.
    pub note: Option<String>,
    /// The most bytes of memory that one of the variant's agents had.
    pub memory_peak_bytes: u64,
    /// What the asking of all agents cost, in billionths of the unit of prices; none where the arena offers no models.
    pub spent_billionths: Option<u64>,
}

/// What selection sees of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glimpse {
    /// What enters the score.
    pub trial: Trial,
    /// How near the result came, in millionths: [`FULL_CREDIT`] where it was right, less otherwise.
    pub credit: u32,
}

/// What a genome is worth on some rounds of an arena.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The sums, held-out cases apart.
    pub tally: Tally,
    /// Every trial, by round, then by position of the case.
    pub trials: Vec<TrialReport>,
}

impl Evaluation {
    /// Adds up trials.
    #[must_use]
    pub fn of(trials: Vec<TrialReport>) -> Self {
        let tally = trials.iter().map(|report| report.trial).collect();
        Self { tally, trials }
    }

    /// The score by the cases that selection may see: what evolution goes by.
    #[must_use]
    pub fn selection_score(&self, policy: &TrustPolicy) -> Score {
        Score::of(&self.tally.selection, policy)
    }

    /// The score by the held-out cases; none when there are none.
    #[must_use]
    pub fn held_out_score(&self, policy: &TrustPolicy) -> Option<Score> {
        (self.tally.held_out.n_trials > 0).then(|| Score::of(&self.tally.held_out, policy))
    }

    /// The score by all cases: what a tournament is decided by.
    #[must_use]
    pub fn score(&self, policy: &TrustPolicy) -> Score {
        Score::of(&self.tally.all(), policy)
    }
}

/// Whether a trial is done once more to see that nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rerun {
    No,
    Yes,
}

impl<'a> Referee<'a> {
    /// Reads and compiles the arena's partners and oracle.
    ///
    /// `seed` is what generated cases and the `random` capability are seeded with; `arena.seed` unless the user says
    /// otherwise. Which cases are held out depends on `arena.seed` alone.
    ///
    /// # Errors
    /// * [`RefereeError::Genome`]: a partner or the oracle cannot be read.
    /// * [`RefereeError::Refused`]: it is of another world, or imports what the arena does not grant.
    /// * [`RefereeError::Models`]: the arena's models cannot be asked.
    pub fn new(sandbox: &'a Sandbox, arena: &'a Arena, seed: u64) -> Result<Self, RefereeError> {
        let load = |file: &GenomeFile| load_house_genome(sandbox, arena, file);
        let partners = arena.players.iter().map(|player| match player {
            Player::Variant => Ok(None),
            Player::Partner(file) => load(file).map(Some),
        });
        let partners = partners.collect::<Result<_, _>>()?;
        let oracle = arena.generate.as_ref().map(|generate| load(&generate.oracle)).transpose()?;
        let models = open_models(arena)?;
        Ok(Self { sandbox, arena, seed, partners, oracle, models, preserves: false })
    }

    /// A referee for whom the answers of `founder` are right, whatever the arena expects: inputs are those of the arena.
    ///
    /// Written cases that the founder has no result for are left out of every round.
    ///
    /// # Errors
    /// * [`RefereeError::WrongWorld`], [`RefereeError::Refused`]: the founder cannot run in the arena.
    /// * [`RefereeError::NotAlone`]: the arena has several agents, or is not of world `program`.
    pub fn preserving(
        sandbox: &'a Sandbox,
        arena: &'a Arena,
        seed: u64,
        founder: &Genome,
    ) -> Result<Self, RefereeError> {
        if arena.players.len() != 1 || arena.world != World::Program {
            return Err(RefereeError::NotAlone { arena: arena.name.clone() });
        }
        let oracle = load_house(sandbox, arena, "founder", founder)?;
        let models = open_models(arena)?;
        let oracle = Some(oracle);
        Ok(Self { sandbox, arena, seed, partners: vec![None], oracle, models, preserves: true })
    }

    /// The identity of the partner in a seat; none where the variant sits.
    #[must_use]
    pub fn partner(&self, seat: usize) -> Option<GenomeId> {
        self.partners.get(seat)?.as_ref().map(Loaded::id)
    }

    /// The models that genomes ask; none where the arena offers none.
    #[must_use]
    pub fn models(&self) -> Option<&Models> {
        self.models.as_ref()
    }

    /// Whether all that was judged so far is worth something.
    ///
    /// # Errors
    /// * [`RefereeError::Asking`]: a server or a tape failed while a genome asked, which says nothing about the genome.
    pub fn check_trouble(&self) -> Result<(), RefereeError> {
        match self.models.as_ref().and_then(Models::trouble) {
            None => Ok(()),
            Some(source) => {
                let (arena, hint) = (self.arena.name.clone(), source.help.clone());
                Err(RefereeError::Asking { arena, hint, source: Box::new(source) })
            }
        }
    }

    /// The arena that it judges by.
    #[must_use]
    pub fn arena(&self) -> &Arena {
        self.arena
    }

    /// The seed that it draws by.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The cases of round `number`, from 0: the written ones, the same in each round, and the generated ones, whose
    /// expected values the oracle gives.
    ///
    /// The oracle may spend 100 times the arena's cycles, and at least the sandbox's default of memory.
    ///
    /// # Determinism
    /// A function of (arena, seed, number). Oracle runs are spread over the threads of the current rayon pool.
    ///
    /// # Errors
    /// * [`RefereeError::Oracle`]: the oracle does not end with a result on a case; the first such case is named.
    pub fn round(&self, number: u32) -> Result<Round, RefereeError> {
        let mut cases = self.arena.cases.clone();
        if let Some(oracle) = self.oracle.as_ref().filter(|_| self.preserves) {
            let mut answered = Vec::new();
            for case in cases {
                // What a genome draws depends on the case's place in the round, which is the next free one.
                answered.extend(self.answered(oracle, case, number, answered.len()));
            }
            cases = answered;
        }
        if let (Some(generate), Some(oracle)) = (&self.arena.generate, &self.oracle) {
            let drafts = generate.draw(self.seed, number);
            let asked: Vec<Result<Case, RefereeError>> = drafts
                .into_par_iter()
                .enumerate()
                .map(|(at, draft)| self.ask_oracle(oracle, generate, draft, number, cases.len() + at))
                .collect();
            let asked: Vec<Case> = asked.into_iter().collect::<Result<_, _>>()?;
            cases.extend(asked);
        }
        Ok(Round { number, cases })
    }

    /// Makes a genome ready for its trials. A genome that is refused is a contestant too: it fails every trial.
    #[must_use]
    pub fn admit(&self, genome: &Genome) -> Contestant {
        self.admit_as(genome, Loading::DEFAULT)
    }

    /// Makes a genome ready for trials that only its conduct is wanted of: reports do not say where it trapped.
    ///
    /// Variants come by the thousand and many of them trap; finding out where would cost more than all their runs.
    ///
    /// `n_trials` is how many trials there will be about; nothing but time depends on it.
    #[must_use]
    pub fn admit_variant(&self, genome: &Genome, n_trials: usize) -> Contestant {
        let loading = Loading { traps: Traps::Plain, expected_runs: n_trials as u64, ..Loading::DEFAULT };
        self.admit_as(genome, loading)
    }

    /// Makes the cases of a round ready to be played many times.
    #[must_use]
    pub fn prepare(&self, round: Round) -> Prepared {
        let cases = round.cases.iter().enumerate();
        let tables = cases.map(|(at, case)| self.table(case, round.number, at)).collect();
        Prepared { round, tables }
    }

    fn admit_as(&self, genome: &Genome, loading: Loading) -> Contestant {
        let loaded = if genome.world() == self.arena.world {
            self.sandbox.load_as(genome, self.arena.capabilities, loading)
        } else {
            Err(Refusal::WrongInput { world: genome.world() })
        };
        Contestant { loaded }
    }

    /// Tries a contestant on case `case_idx` of `round`; none when the round has no such case.
    ///
    /// The first case of each round is run twice: a contestant whose second run differs in result, acts, log or
    /// cycles is judged [`Conduct::Unequal`]. Only the first run's cycles count. Where models may answer the same question
    /// in two ways there is no second run.
    ///
    /// # Determinism
    /// A function of (genome, arena, seed, round, case) and of the cost table, unless the wall-clock deadline, a
    /// minute and a second for every ten million cycles, is passed.
    #[must_use]
    pub fn try_case(&self, contestant: &Contestant, round: &Round, case_idx: usize) -> Option<TrialReport> {
        let case = round.cases.get(case_idx)?;
        let is_repeatable = self.models.as_ref().is_none_or(Models::is_repeatable);
        let rerun = if case_idx == 0 && is_repeatable { Rerun::Yes } else { Rerun::No };
        let seen = match &contestant.loaded {
            Ok(loaded) => self.run_case(loaded, case, round.number, case_idx, rerun),
            Err(refusal) => Seen::refused(refusal),
        };
        Some(seen.report(case, round.number, case_idx))
    }

    /// Evaluates a genome on some rounds, on the current thread.
    ///
    /// # Determinism
    /// A pure function of (genome, arena, seed, rounds, cost table), as [`Referee::try_case`].
    #[must_use]
    pub fn evaluate(&self, genome: &Genome, rounds: &[Round]) -> Evaluation {
        let contestant = self.admit(genome);
        let trials = rounds.iter().flat_map(|round| {
            let cases = 0..round.cases.len();
            cases.filter_map(|case_idx| self.try_case(&contestant, round, case_idx))
        });
        Evaluation::of(trials.collect())
    }

    /// Tries a contestant on case `case_idx` of a round once, for selection; none when the round has no such case.
    ///
    /// What it did goes into `trace`: two genomes that do the same on the same cases leave the same trace.
    ///
    /// # Determinism
    /// As [`Referee::try_case`].
    #[must_use]
    pub fn glimpse(
        &self,
        contestant: &Contestant,
        prepared: &Prepared,
        case_idx: usize,
        trace: &mut Trace,
    ) -> Option<Glimpse> {
        let case = prepared.round.cases.get(case_idx)?;
        let (conduct, cycles, credit) = match &contestant.loaded {
            Ok(loaded) => match (&self.partners[..], &prepared.tables.get(case_idx)?[..]) {
                ([None], [(input, setting)]) if self.models.is_none() => {
                    let outcome = self.sandbox.run(loaded, input, setting);
                    trace.outcome(&outcome);
                    let conduct = seen::conduct(&outcome.ending);
                    (conduct, outcome.cycles, credit(conduct, case, std::slice::from_ref(&outcome)))
                }
                (_, table) => {
                    let outcomes = self.play_at(loaded, table).outcomes;
                    outcomes.iter().for_each(|outcome| trace.outcome(outcome));
                    let mine = self.of_variant(&outcomes);
                    let conduct = mine.iter().map(|outcome| seen::conduct(&outcome.ending)).max();
                    let conduct = conduct.unwrap_or(Conduct::Refused);
                    let cycles = mine.iter().fold(0, |sum: u64, outcome| sum.saturating_add(outcome.cycles));
                    (conduct, cycles, credit(conduct, case, &outcomes))
                }
            },
            Err(refusal) => {
                trace.refusal(refusal);
                (Conduct::Refused, 0, 0)
            }
        };
        let correct = credit == FULL_CREDIT;
        Some(Glimpse {
            trial: Trial { weight: case.weight, correct, side: case.side, cycles, conduct },
            credit,
        })
    }

    fn run_case(&self, variant: &Loaded, case: &Case, round: u32, case_idx: usize, rerun: Rerun) -> Seen {
        let Played { outcomes, spent_billionths } = self.play(variant, case, round, case_idx);
        let mut seen = Seen::of(&self.of_variant(&outcomes), verdict::judge(&case.task, &outcomes));
        seen.spent_billionths = spent_billionths;
        if rerun == Rerun::Yes {
            let again = self.play(variant, case, round, case_idx);
            seen.compare(&self.of_variant(&outcomes), &self.of_variant(&again.outcomes));
        }
        seen
    }

    /// Those of `outcomes` that are of the variant's own agents.
    fn of_variant<'o>(&self, outcomes: &'o [Outcome]) -> Vec<&'o Outcome> {
        let seats = self.partners.iter().zip(outcomes);
        seats.filter(|(partner, _)| partner.is_none()).map(|(_, outcome)| outcome).collect()
    }

    /// Runs a case once; outcome i belongs to seat i.
    fn play(&self, variant: &Loaded, case: &Case, round: u32, case_idx: usize) -> Played {
        self.play_at(variant, &self.table(case, round, case_idx))
    }

    /// What the agents of a case are given, in the order of their seats.
    fn table(&self, case: &Case, round: u32, case_idx: usize) -> Vec<(Input, Setting)> {
        let limits = self.limits(1);
        let setting = |seed| Setting { limits, seed, senses: case.senses.clone(), ..Setting::default() };
        let mut rng = stream(self.seed, round, Purpose::Trial, case_idx as u64);
        let seats = self.partners.iter().zip(inputs(&case.task));
        seats.map(|(_, input)| (input, setting(rng.next_u64()))).collect()
    }

    fn play_at(&self, variant: &Loaded, table: &[(Input, Setting)]) -> Played {
        let Some(models) = &self.models else {
            return Played { outcomes: self.run_at(variant, table), spent_billionths: None };
        };
        // Each seat asks for itself; a trial is paid for anew.
        let counsels: Vec<_> = table.iter().map(|(_, setting)| models.counsel(setting.seed)).collect();
        let seats = table.iter().zip(&counsels);
        let advised: Vec<(Input, Setting)> = seats
            .map(|((input, setting), counsel)| {
                (input.clone(), Setting { advice: counsel.advice(), ..setting.clone() })
            })
            .collect();
        let outcomes = self.run_at(variant, &advised);
        let spent =
            counsels.iter().fold(0, |sum: u64, counsel| sum.saturating_add(counsel.spent_billionths()));
        Played { outcomes, spent_billionths: Some(spent) }
    }

    fn run_at(&self, variant: &Loaded, table: &[(Input, Setting)]) -> Vec<Outcome> {
        let seats = self.partners.iter().zip(table);
        let agents: Vec<Agent<'_>> = seats
            .map(|(partner, (input, setting))| Agent {
                loaded: partner.as_ref().unwrap_or(variant),
                input,
                setting,
            })
            .collect();
        match &agents[..] {
            [alone] => vec![self.sandbox.run(alone.loaded, alone.input, alone.setting)],
            several => self.sandbox.run_together(several),
        }
    }

    fn ask_oracle(
        &self,
        oracle: &Loaded,
        generate: &Generate,
        draft: Draft,
        round: u32,
        case_idx: usize,
    ) -> Result<Case, RefereeError> {
        let setting = self.oracle_setting(draft.senses, round, case_idx);
        let input = Input::Numbers(draft.input.clone());
        let outcome = self.sandbox.run(oracle, &input, &setting);
        let Ending::Numbers(expected) = outcome.ending else {
            return Err(RefereeError::Oracle {
                arena: self.arena.name.clone(),
                case: draft.name,
                round: round + 1,
                input: verdict::list(&draft.input),
                ending: outcome.ending.to_string(),
            });
        };
        let acts = outcome.acts.iter().map(|act| (act.channel, act.value)).collect();
        let task = Task::Numbers {
            seats: vec![Seat { input: draft.input, expected: Some(expected) }],
            tolerance: if self.preserves { 0 } else { generate.tolerance },
            acts: (!generate.senses.is_empty()).then_some(acts),
        };
        Ok(Case { name: draft.name, weight: Weight::ONE, side: draft.side, senses: setting.senses, task })
    }

    /// A written case with the oracle's answer in place of what it expects; none where the oracle has no answer.
    fn answered(&self, oracle: &Loaded, case: Case, round: u32, case_idx: usize) -> Option<Case> {
        let Task::Numbers { seats, acts, .. } = &case.task else { return None };
        let setting = self.oracle_setting(case.senses.clone(), round, case_idx);
        let input = seats.first()?.input.clone();
        let outcome = self.sandbox.run(oracle, &Input::Numbers(input.clone()), &setting);
        let Ending::Numbers(expected) = outcome.ending else { return None };
        let done = outcome.acts.iter().map(|act| (act.channel, act.value)).collect::<Vec<_>>();
        let acts = (acts.is_some() || !done.is_empty()).then_some(done);
        let task =
            Task::Numbers { seats: vec![Seat { input, expected: Some(expected) }], tolerance: 0, acts };
        Some(Case { task, ..case })
    }

    fn oracle_setting(&self, senses: BTreeMap<u32, Vec<i64>>, round: u32, case_idx: usize) -> Setting {
        let seed = stream(self.seed, round, Purpose::Trial, case_idx as u64).next_u64();
        let mut limits = self.limits(ORACLE_CYCLES_FACTOR);
        limits.memory_bytes = limits.memory_bytes.max(Limits::DEFAULT.memory_bytes);
        Setting { limits, seed, senses, ..Setting::default() }
    }

    /// The arena's budget as the sandbox wants it, with `factor` times the cycles.
    fn limits(&self, factor: u64) -> Limits {
        let budget = &self.arena.budget;
        let cycles = budget.cycles.saturating_mul(factor);
        let memory_bytes = usize::try_from(budget.memory_kib.saturating_mul(1024)).unwrap_or(usize::MAX);
        // Compiled code does hundreds of millions of cycles a second; the deadline must never decide a tournament.
        let deadline = Duration::from_secs(60 + cycles / 10_000_000);
        Limits { cycles, memory_bytes, deadline, ..Limits::DEFAULT }
    }
}

/// What came of playing a case once.
struct Played {
    /// `outcomes[i]` belongs to seat i.
    outcomes: Vec<Outcome>,
    /// What asking cost, where there are models.
    spent_billionths: Option<u64>,
}

fn open_models(arena: &Arena) -> Result<Option<Models>, RefereeError> {
    let opened = arena.models.as_ref().map(Models::open).transpose();
    opened.map_err(|source| RefereeError::Models {
        arena: arena.name.clone(),
        hint: source.hint(),
        source: Box::new(source),
    })
}

/// What the outcomes of a case earn where the variant behaved so.
fn credit(conduct: Conduct, case: &Case, outcomes: &[Outcome]) -> u32 {
    if conduct == Conduct::Clean { verdict::credit(&case.task, outcomes) } else { 0 }
}

/// One input for each seat.
fn inputs(task: &Task) -> Box<dyn Iterator<Item = Input> + '_> {
    match task {
        Task::Numbers { seats, .. } => Box::new(seats.iter().map(|seat| Input::Numbers(seat.input.clone()))),
        Task::Text { prompt, .. } => Box::new(iter::once(Input::Prompt(prompt.clone()))),
        Task::Question(question) => Box::new(iter::once(Input::Prompt(question.ask.clone()))),
    }
}

/// Reads and loads a genome of the arena's own: a partner or the oracle.
fn load_house_genome(sandbox: &Sandbox, arena: &Arena, file: &GenomeFile) -> Result<Loaded, RefereeError> {
    let entrant = Entrant::read(Path::new(&file.path), &Bounds::DEFAULT)?;
    load_house(sandbox, arena, &file.name, &entrant.genome)
}

fn load_house(sandbox: &Sandbox, arena: &Arena, name: &str, genome: &Genome) -> Result<Loaded, RefereeError> {
    let found = genome.world();
    if found != arena.world {
        return Err(RefereeError::WrongWorld { genome: name.to_owned(), expected: arena.world, found });
    }
    sandbox.load(genome, arena.capabilities).map_err(|source| RefereeError::Refused {
        genome: name.to_owned(),
        hint: source.hint(),
        source,
    })
}

/// An arena's own genomes do not work.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum RefereeError {
    /// A partner or the oracle cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Genome(#[from] EntrantError),
    /// A partner or the oracle is of another world than the arena.
    #[error("genome `{genome}` of the arena: expected world `{expected}`, found `{found}`")]
    #[diagnostic(code("arena::wrong-world"))]
    WrongWorld {
        /// The file's name.
        genome: String,
        /// The arena's world.
        expected: World,
        /// The genome's world.
        found: World,
    },
    /// A partner or the oracle asks for more than the arena grants.
    #[error("genome `{genome}` of the arena is refused")]
    #[diagnostic(code("arena::refused"))]
    Refused {
        /// The file's name.
        genome: String,
        /// What to do about it.
        #[help]
        hint: Option<&'static str>,
        /// Why.
        source: Refusal,
    },
    /// The arena's models cannot be asked.
    #[error("the models of arena `{arena}` cannot be asked")]
    #[diagnostic(code("arena::models"))]
    Models {
        /// The arena's name.
        arena: String,
        /// What to do about it.
        #[help]
        hint: Option<String>,
        /// Why. Boxed, as it is large.
        source: Box<ModelsError>,
    },
    /// A model could not be asked, for a reason that says nothing about the genome.
    #[error("a genome of arena `{arena}` asked a model and nobody answered")]
    #[diagnostic(code("arena::asking"))]
    Asking {
        /// The arena's name.
        arena: String,
        /// What to do about it.
        #[help]
        hint: Option<String>,
        /// Why. Boxed, as it is large.
        source: Box<ModelError>,
    },
    /// Meaning can be kept only where one genome answers with numbers.
    #[error(
        "arena `{arena}` has several agents or is not of world `program`, so no founder's answers stand for it"
    )]
    #[diagnostic(code("arena::not-alone"), help("leave `--preserve` out"))]
    NotAlone {
        /// The arena's name.
        arena: String,
    },
    /// The oracle gives no result.
    #[error(
        "the oracle of arena `{arena}` has no answer for case `{case}` of round {round}, input {input}: {ending}"
    )]
    #[diagnostic(
        code("arena::oracle"),
        help(
            "draw only inputs that the oracle can answer within {ORACLE_CYCLES_FACTOR} times the arena's cycles"
        )
    )]
    Oracle {
        /// The arena's name.
        arena: String,
        /// The case's name.
        case: String,
        /// The round, from 1.
        round: u32,
        /// The input, shortened.
        input: String,
        /// How the oracle's run ended.
        ending: String,
    },
}

#[cfg(test)]
mod tests;
