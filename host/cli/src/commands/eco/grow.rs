//! `flux eco grow`.

mod story;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flux_bank::Bank;
use flux_broker::Account;
use flux_broker::questions::QuestionSet;
use flux_ecosystem::designer::proposal::Terms;
use flux_ecosystem::designer::{self, Designer, Growing, Memory, Rehearsal, Remembered, Version};
use flux_ecosystem::growth::Thresholds;
use flux_ecosystem::{Ask, Judging, Kernel, Mode, Mutation, Settings};
use flux_lang::ecosystem::Ecosystem;
use serde::Serialize;

use self::story::{Story, Teller, channel};
use crate::ecosystem::models::{ModelArgs, Models, TapeArgs};
use crate::ecosystem::versions::{self, Source, VersionRecordV1};
use crate::ecosystem::watch::LogArgs;
use crate::ecosystem::{answers, file, judges, person, runtime};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::interrupt::Interrupts;
use crate::io::Io;
use crate::{bank_file, json, mistakes};

/// The entity whose model proposes, where no other is named.
const ARCHITECT: &str = "architect";

/// Answers that an ecosystem may still give, to pass to PRODUCTION, after the designer has stopped.
const AFTER_STOP: usize = 20;

/// Arguments of `flux eco grow`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Questions are asked one after another. While confidence is low, the designer turns round: it observes how the answers\n\
        went, orients itself about what is weak, decides on a proposal, and acts: the proposal is tried on past questions\n\
        against what runs now, and taken only if it is better by a paired test. A new judge has to agree better with known\n\
        answers than the old one; a kinder one is refused. When the answers were good, cheap and made by the same ecosystem\n\
        for a while, it passes to PRODUCTION, and this ends.\n\n\
        The same ecosystem, questions, models and seed tell the same story. Every version is kept in the bank.\n\n\
        Examples:\n  flux eco grow genomes/ecosystems/demo.flux genomes/ecosystems/questions.toml\n  \
        flux eco grow demo genomes/ecosystems/questions.toml --models genomes/ecosystems/models.toml\n      \
        goes on with the live version\n  \
        flux eco grow genomes/ecosystems/demo.flux genomes/ecosystems/questions.toml --no-bank --seed 7 -o grown.flux\n\n\
        Exit status: 0 it passed to PRODUCTION; 1 it did not; 2 it could not begin; 130 interrupted."
)]
pub(super) struct Args {
    /// The ecosystem: a `.flux` file, or the name of one in the bank, whose live version grows.
    #[arg(value_name = "ECOSYSTEM")]
    ecosystem: PathBuf,
    /// The questions: a file like genomes/ecosystems/questions.toml.
    questions: PathBuf,
    /// Give up after so many questions.
    #[arg(long, default_value_t = 400, value_name = "N")]
    asks: u64,
    /// Answers between two looks of the designer.
    #[arg(long, default_value_t = 10, value_name = "N")]
    between: usize,
    /// Cycles of the designer at most.
    #[arg(long, default_value_t = designer::CYCLES, value_name = "N")]
    cycles: u32,
    /// The model that proposes. By default that of the entity `architect`, if there is one; without it operators do.
    #[arg(long, value_name = "KEY")]
    architect: Option<String>,
    /// Ask no model for proposals: only operators.
    #[arg(long, conflicts_with = "architect")]
    no_architect: bool,
    /// Show every answer.
    #[arg(long)]
    answers: bool,
    /// Seed of the order of questions, and of all that is drawn by chance.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// What the designer's trials may cost.
    #[arg(long, value_name = "COST", value_parser = crate::commands::ask::parse_cost)]
    budget: Option<f64>,
    #[command(flatten)]
    models: ModelArgs,
    #[command(flatten)]
    tape: TapeArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Keep nothing.
    #[arg(long, conflicts_with_all = ["bank", "tape"])]
    no_bank: bool,
    #[command(flatten)]
    bank: BankArgs,
    /// Write the last version to this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object (schema flux.eco-grow/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct GrowV1<'s> {
    ecosystem: String,
    seed: u64,
    simulated: Vec<String>,
    mode: Mode,
    live: u64,
    cost: f64,
    designer_cost: f64,
    #[serde(flatten)]
    story: &'s Story,
}

/// The bank that versions are kept in.
struct Keeper {
    bank: Bank,
    name: String,
    file: PathBuf,
}

impl Keeper {
    fn keep(&mut self, version: &Version) -> miette::Result<()> {
        let record = VersionRecordV1 {
            file: self.file.display().to_string(),
            changed: version.changed.clone(),
            evidence: version.evidence.clone(),
        };
        versions::add(&mut self.bank, &self.name, version.parent, &version.text, &record).map(|_| ())
    }
}

impl Args {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        if self.output.as_deref() == Some(Path::new("-")) {
            return Err(mistakes::mistake(
                "standard output has the story",
                Some("name a file with `-o FILE`"),
            ));
        }
        let source = versions::source(io, &self.ecosystem, &self.bank)?;
        let set = file::questions(io, &self.questions)?;
        let models = self.models.load_taped(io, Some(&source.file), &self.tape, &self.bank)?;
        let runtime = runtime()?;
        let tree = source.composition.ecosystem();
        let calibrations = runtime.block_on(judges::of_now(io, &models, tree, &self.bank))?;
        let settings = Settings {
            seed: self.seed,
            thresholds: Thresholds::DEFAULT,
            mutation: Mutation::Nothing,
            judging: Judging::Always,
            calibrations: calibrations.clone(),
            human: person::at_terminal(io),
            ..Settings::default()
        };
        let kernel = answers::kernel(&source, &models, settings)?;
        let account = Account::named("the designer", self.budget);
        let composition = Arc::new(source.composition.clone());
        let rehearsal = Rehearsal::new(composition, models.broker.clone(), account)
            .map_err(|error| mistakes::failed_for("set up the trials", &error, None))?
            .with_calibrations(calibrations);
        let (mut keeper, first, highest) = self.begin(&source)?;
        let architect = self.architect(tree);
        if !self.json {
            let by = architect.as_deref().map_or_else(
                || "operators propose".to_owned(),
                |key| format!("{} proposes", answers::who(&models, key)),
            );
            io.line(format!(
                "`{}` version {}, {} questions, seed {}; {by}",
                tree.name,
                first.number,
                set.questions.len(),
                self.seed
            ))?;
        }
        let terms = Terms::new(architect, rehearsal.offers());
        let mut settings = designer::Settings::new(self.seed, terms);
        settings.cycles = self.cycles;
        settings.labelled.clone_from(&set.questions);
        let designer = Designer::new(settings, first, highest);
        let growing = Growing::new(&kernel, designer, Memory::default()).every(self.between);
        let mut story = Story::new(self.log.open()?, self.answers, self.json);
        let interrupts = Interrupts::listen(io);
        let grown =
            self.grow(io, growing, &kernel, &rehearsal, &set, &mut story, keeper.as_mut(), interrupts);
        let version = runtime.block_on(grown)?;
        // The tape goes to the same bank.
        drop(keeper);
        models.keep_tape(&self.bank)?;
        self.log.write_metrics(&kernel)?;
        if let Some(path) = &self.output {
            std::fs::write(path, &version.text).map_err(|error| mistakes::unwritable(path, &error))?;
        }
        self.finish(io, &source, &models, &kernel, &rehearsal, &story, &version)?;
        Ok(match kernel.mode() {
            Mode::Production => ExitStatus::Yes,
            _ if interrupts.asked() => ExitStatus::Interrupted,
            _ => ExitStatus::No,
        })
    }

    /// The version that it begins with, in the bank unless nothing is kept, and the highest number there.
    fn begin(&self, source: &Source) -> miette::Result<(Option<Keeper>, Version, u64)> {
        let tree = source.composition.ecosystem();
        let mut first = Version::first(tree);
        if self.no_bank {
            return Ok((None, first, 1));
        }
        let mut bank = bank_file::open(self.bank.path())?;
        first.number = match source.version {
            Some(number) => number,
            None => versions::begin(&mut bank, &tree.name, &source.text, &source.file)?,
        };
        let highest = bank_file::asked(bank.document(&tree.name))?.map_or(1, |document| document.n_versions);
        Ok((Some(Keeper { bank, name: tree.name.clone(), file: source.file.clone() }), first, highest))
    }

    /// The model that proposes.
    fn architect(&self, tree: &Ecosystem) -> Option<String> {
        if self.no_architect {
            return None;
        }
        let of_entity = || tree.entity(ARCHITECT)?.model_key.clone();
        self.architect.clone().or_else(of_entity)
    }

    #[expect(clippy::too_many_arguments, reason = "what one run has; it is called once")]
    async fn grow(
        &self,
        io: &mut Io,
        mut growing: Growing<'_>,
        kernel: &Kernel,
        rehearsal: &Rehearsal,
        set: &QuestionSet,
        story: &mut Story,
        mut keeper: Option<&mut Keeper>,
        interrupts: Interrupts,
    ) -> miette::Result<Version> {
        let questions: Vec<Remembered> = set.questions.iter().map(Remembered::known).collect();
        let mut order = Vec::new();
        for number in 0..self.asks {
            let is_hopeless = story.since_stop().is_some_and(|since| since >= AFTER_STOP);
            if interrupts.asked() || kernel.mode() == Mode::Production || is_hopeless {
                break;
            }
            if order.is_empty() {
                order = shuffled(questions.len(), self.seed.wrapping_add(number));
            }
            let Some(question) = order.pop().and_then(|at| questions.get(at)) else { break };
            let (mut watch, mut told) = channel();
            let mut teller: Teller = watch.clone();
            let mut tell = |told: designer::Told<'_>| teller.tell(&told);
            {
                let work = growing.ask(question, rehearsal, &mut watch, &mut tell);
                tokio::pin!(work);
                loop {
                    tokio::select! {
                        biased;
                        Some(said) = told.recv() => story.take(io, said, keeper.as_deref_mut())?,
                        () = &mut work => break,
                    }
                }
            }
            while let Ok(said) = told.try_recv() {
                story.take(io, said, keeper.as_deref_mut())?;
            }
        }
        Ok(growing.designer().version().clone())
    }

    #[expect(clippy::too_many_arguments, reason = "what one run has; it is called once")]
    fn finish(
        &self,
        io: &mut Io,
        source: &Source,
        models: &Models,
        kernel: &Kernel,
        rehearsal: &Rehearsal,
        story: &Story,
        version: &Version,
    ) -> miette::Result<()> {
        let tree = kernel.composition();
        let simulated = simulated(models, tree.ecosystem());
        let (cost, designer_cost) = (kernel.spent(Ask::TENANT), rehearsal.spent());
        let name = source.composition.ecosystem().name.clone();
        if self.json {
            let (seed, mode, live) = (self.seed, kernel.mode(), version.number);
            let record = GrowV1 { ecosystem: name, seed, simulated, mode, live, cost, designer_cost, story };
            return json::print(io, "flux.eco-grow/1", &record);
        }
        io.line(format!(
            "{}: {} after {} answers, version {} of `{name}`; answers cost {cost:.6}, the designer's trials {designer_cost:.6}",
            if kernel.mode() == Mode::Production { "done" } else { "not done" },
            kernel.mode(),
            story.asked(),
            version.number,
        ))?;
        if !simulated.is_empty() {
            let keys: Vec<String> = simulated.iter().map(|key| format!("`{key}`")).collect();
            io.note(format!("simulated models: {}", keys.join(", ")));
        }
        if !self.no_bank {
            io.note(format!(
                "versions are kept in `{}`: `flux eco versions {name}`",
                self.bank.path().display()
            ));
        }
        if let Some(path) = &self.output {
            io.note(format!("wrote `{}`", path.display()));
        }
        Ok(())
    }
}

/// The simulated models that an ecosystem names.
fn simulated(models: &Models, tree: &Ecosystem) -> Vec<String> {
    let keys: BTreeSet<&String> =
        tree.entities.iter().filter_map(|entity| entity.model_key.as_ref()).collect();
    keys.into_iter().filter(|key| models.is_simulated(key)).cloned().collect()
}

/// The numbers below `n` in an order that the seed decides (Fisher and Yates, SplitMix64).
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut order: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        let at = usize::try_from(next() % (last as u64 + 1)).unwrap_or(0);
        order.swap(last, at);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::shuffled;

    #[test]
    fn every_question_is_asked_once_a_round_in_an_order_of_the_seed() {
        let order = shuffled(72, 1);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..72));
        assert_eq!(order, shuffled(72, 1));
        assert_ne!(order, shuffled(72, 2));
        assert!(shuffled(0, 1).is_empty());
    }
}
