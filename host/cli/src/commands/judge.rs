//! `flux judge`.

use std::path::PathBuf;

use flux_broker::calibration::Calibration;
use flux_broker::judge::{self, Ask, CalibrateError, Means, Verdict};
use flux_broker::questions::QuestionSet;
use flux_broker::{Bounded, Terms};
use miette::Report;
use serde::Serialize;

use crate::ecosystem::models::{self, ModelArgs, Models};
use crate::ecosystem::{block_on, file, judges};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{json, mistakes};

/// Arguments of `flux judge`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A judge is asked whether an answer is right, and how likely its first word is a yes is read from the probabilities\n\
        of that word. What was measured of it turns that into a probability. A judge who may be guessing is refused: one\n\
        whose AUC has an interval that reaches 0.5.\n\n\
        Examples:\n  \
        flux judge --model judge-careful --models genomes/ecosystems/models.toml --calibrate genomes/ecosystems/questions.toml\n  \
        flux judge --model judge-careful --models genomes/ecosystems/models.toml \"What is the capital of Canada?\" Toronto --reference Ottawa\n\n\
        Exit status: 0 the answer is rather right, or the judge can be used; 1 it is not; 2 the judge could not be asked."
)]
pub(crate) struct Args {
    /// The question.
    #[arg(required_unless_present = "calibrate", requires = "answer")]
    question: Option<String>,
    /// The answer to be judged.
    answer: Option<String>,
    /// An answer that is known to be right.
    #[arg(long, value_name = "TEXT", conflicts_with = "calibrate")]
    reference: Option<String>,
    /// The judge: a key of the models file, or the name of a model that Ollama has.
    #[arg(long, value_name = "KEY")]
    model: String,
    /// Measure the judge on these questions, whose answers are known, and keep the figures in the bank.
    #[arg(long, value_name = "FILE", conflicts_with = "question")]
    calibrate: Option<PathBuf>,
    /// Seed of the folds and of the resampling.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    #[command(flatten)]
    models: ModelArgs,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.judge/1 or flux.judge-calibration/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct JudgeV1 {
    judge: String,
    simulated: bool,
    score: Option<f64>,
    coverage: Option<f64>,
    means: Option<Means>,
    unscored: Option<String>,
    is_calibrated: bool,
    cost: f64,
}

#[derive(Serialize)]
struct CalibrationV1 {
    judge: String,
    simulated: bool,
    is_usable: bool,
    with_reference: Calibration,
    without_reference: Calibration,
    cost: f64,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let models = self.models.load(io, None)?;
        let model = models.broker.bound(Terms::unlimited());
        match (&self.calibrate, &self.question, &self.answer) {
            (Some(path), ..) => {
                let set = file::questions(io, path)?;
                self.calibrate(io, &models, &model, &set)
            }
            (None, Some(question), Some(answer)) => {
                let reference = self.reference.clone();
                let ask = Ask { question: question.clone(), answer: answer.clone(), reference };
                self.judge(io, &models, &model, &ask)
            }
            _ => Err(mistakes::mistake("expected a question and an answer", None)),
        }
    }

    fn judge(&self, io: &mut Io, models: &Models, model: &Bounded, ask: &Ask) -> miette::Result<ExitStatus> {
        let known = judges::all(&self.bank)?;
        let (judge, verdict) = block_on(async {
            let judge = judges::measured(model, &self.model, &known).await?;
            let verdict = judge.score(model, ask).await?;
            Ok((judge, verdict))
        })?
        .map_err(|error| models::unanswered("ask the judge", &error))?;
        let is_calibrated =
            if ask.reference.is_some() { judge.calibration.is_some() } else { judge.blind.is_some() };
        let simulated = models.is_simulated(&self.model);
        let status = match verdict.score() {
            Some(score) if score >= 0.5 => ExitStatus::Yes,
            _ => ExitStatus::No,
        };
        let cost = model.terms().account.spent();
        if self.json {
            let (score, coverage, means, unscored) = match &verdict {
                Verdict::Scored { score, coverage, means } => {
                    (Some(*score), Some(*coverage), Some(*means), None)
                }
                Verdict::Unscored { why } => (None, None, None, Some(why.to_string())),
            };
            let judge = self.model.clone();
            let record = JudgeV1 { judge, simulated, score, coverage, means, unscored, is_calibrated, cost };
            json::print(io, "flux.judge/1", &record)?;
            return Ok(status);
        }
        let who = who(&self.model, simulated);
        match &verdict {
            Verdict::Scored { score, coverage, means } => {
                io.line(format!("right with probability {score:.3}, says {who}"))?;
                io.note(format!(
                    "read from {}, coverage {coverage:.2}; {}",
                    in_words(*means),
                    if is_calibrated { "calibrated" } else { "not calibrated: see `flux judge --calibrate`" }
                ));
            }
            Verdict::Unscored { why } => io.line(format!("no score: {why}"))?,
        }
        Ok(status)
    }

    fn calibrate(
        &self,
        io: &mut Io,
        models: &Models,
        model: &Bounded,
        set: &QuestionSet,
    ) -> miette::Result<ExitStatus> {
        let (with_reference, without_reference) = block_on(async {
            let with = judge::calibrate(&self.model, model, set, self.seed).await?;
            let without = judge::calibrate_blind(&self.model, model, set, self.seed).await?;
            Ok((with, without))
        })?
        .map_err(|error| unmeasured(&error))?;
        judges::keep(&self.bank, &[&with_reference, &without_reference])?;
        let simulated = models.is_simulated(&self.model);
        let is_usable = with_reference.is_usable();
        let status = if is_usable { ExitStatus::Yes } else { ExitStatus::No };
        if self.json {
            let cost = model.terms().account.spent();
            let judge = self.model.clone();
            let record =
                CalibrationV1 { judge, simulated, is_usable, with_reference, without_reference, cost };
            json::print(io, "flux.judge-calibration/1", &record)?;
            return Ok(status);
        }
        let row = |what: &str, it: &Calibration| {
            vec![
                what.to_owned(),
                format!("{:.3}", it.auc),
                format!("{:.3} to {:.3}", it.auc_low, it.auc_high),
                format!("{:.3}", it.brier),
                format!("{:.3}", it.ece),
                format!("{} of {}", it.abstained, it.n),
                in_words(it.means).to_owned(),
                if it.is_usable() { "yes" } else { "no" }.to_owned(),
            ]
        };
        let columns = [
            Column::Left("judging"),
            Column::Right("AUC"),
            Column::Left("95 % interval"),
            Column::Right("Brier"),
            Column::Right("ECE"),
            Column::Right("no verdict"),
            Column::Left("read from"),
            Column::Left("usable"),
        ];
        let rows = [row("with a reference", &with_reference), row("without one", &without_reference)];
        let listing = table::render(io, &columns, &rows);
        let who = who(&self.model, simulated);
        io.print(format!(
            "{who} on {} questions, seed {}\n\n{listing}",
            with_reference.questions, self.seed
        ))?;
        io.note(format!("kept in `{}`", self.bank.path().display()));
        if !is_usable {
            io.note(format!("{who} is refused as a judge: the interval reaches 0.5, so it may be guessing"));
        }
        Ok(status)
    }
}

fn who(key: &str, simulated: bool) -> String {
    if simulated { format!("`{key}` (simulated)") } else { format!("`{key}`") }
}

fn in_words(means: Means) -> &'static str {
    match means {
        Means::Check => "a check",
        Means::LogProbabilities => "probabilities",
        Means::Schema => "a number it wrote, the weaker kind",
    }
}

fn unmeasured(error: &CalibrateError) -> Report {
    match error {
        CalibrateError::Model(error) => models::unanswered("measure the judge", error),
        CalibrateError::TooFew { .. } => {
            mistakes::failed_for("measure the judge", error, Some("name a file with more questions"))
        }
        error => mistakes::failed_for("measure the judge", error, None),
    }
}
