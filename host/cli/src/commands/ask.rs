//! `flux ask`.

use std::path::PathBuf;

use flux_broker::judge::{Means, Verdict};
use flux_ecosystem::event::Event;
use flux_ecosystem::{Answer, Ask, AskError, Kernel, Settings};
use miette::Report;
use serde::Serialize;

use crate::ecosystem::answers::{self, StageV1};
use crate::ecosystem::models::{ModelArgs, Models, TapeArgs};
use crate::ecosystem::versions::{self, Source};
use crate::ecosystem::watch::{self, Log, LogArgs, Told};
use crate::ecosystem::{judges, person, runtime};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{json, mistakes};

/// Arguments of `flux ask`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The answer goes to standard output, as it is generated where that is a terminal; what it cost and how sure it is go\n\
        to standard error. A person whom the ecosystem asks is asked at the terminal; where there is none, it is as the\n\
        ESCALATION of the entity says.\n\n\
        Examples:\n  flux ask genomes/ecosystems/demo.flux \"What is the capital of Canada?\"\n  \
        flux ask genomes/ecosystems/panel.flux --intent draft \"Which lake is the deepest in the world?\"\n  \
        flux ask mine.flux --tape monday \"What is new?\"\n  flux ask mine.flux --tape monday --offline \"What is new?\"\n      \
        says the same again, and asks nobody\n\n\
        Exit status: 0; 1 where a limit or a person said no, or the answer could not be judged although it has to be; 2 where\n\
        nobody could answer."
)]
pub(crate) struct Args {
    /// The ecosystem: a `.flux` file, or the name of one in the bank, whose live version answers.
    #[arg(value_name = "ECOSYSTEM")]
    ecosystem: PathBuf,
    /// The question; `-` reads standard input.
    question: String,
    /// What kind of question it is: an intent that an attractor has.
    #[arg(long, value_name = "INTENT")]
    intent: Option<String>,
    /// An answer that is known to be right, for the judge.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Seed of what is drawn by chance where neither stage nor ecosystem has one.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Who asks, and pays.
    #[arg(long, default_value = Ask::TENANT, value_name = "NAME")]
    tenant: String,
    /// What who asks may spend, besides what the POLICY lets a request cost.
    #[arg(long, value_name = "COST", value_parser = parse_cost)]
    tenant_budget: Option<f64>,
    #[command(flatten)]
    models: ModelArgs,
    #[command(flatten)]
    tape: TapeArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.ask/1).
    #[arg(long)]
    json: bool,
}

/// Reads a limit of money.
pub(crate) fn parse_cost(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|cost: &f64| cost.is_finite() && *cost >= 0.0)
        .ok_or_else(|| format!("expected a cost of 0 or more, found `{text}`"))
}

#[derive(Serialize)]
struct AskV1 {
    ecosystem: String,
    version: Option<u64>,
    attractor: String,
    answer: String,
    score: Option<f64>,
    means: Option<Means>,
    unscored: Option<String>,
    lacks_verdict: bool,
    cost: f64,
    temperature_factor: f64,
    stages: Vec<StageV1>,
    simulated: Vec<String>,
    seed: u64,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let question = if self.question == "-" {
            let bytes =
                io.read_stdin().map_err(|error| mistakes::failed("read the question", &error, None))?;
            String::from_utf8_lossy(&bytes).trim().to_owned()
        } else {
            self.question.clone()
        };
        if question.is_empty() {
            return Err(mistakes::mistake("expected a question, found nothing", None));
        }
        let source = versions::source(io, &self.ecosystem, &self.bank)?;
        let models = self.models.load_taped(io, Some(&source.file), &self.tape, &self.bank)?;
        let runtime = runtime()?;
        let tree = source.composition.ecosystem();
        let calibrations = runtime.block_on(judges::of_now(io, &models, tree, &self.bank))?;
        let settings = Settings {
            seed: self.seed,
            calibrations,
            tenant_limit: self.tenant_budget,
            human: person::at_terminal(io),
            ..Settings::default()
        };
        let kernel = answers::kernel(&source, &models, settings)?;
        let mut log = self.log.open()?;
        let (result, is_streamed) = runtime.block_on(self.ask(io, &kernel, &question, &mut log))?;
        models.keep_tape(&self.bank)?;
        self.log.write_metrics(&kernel)?;
        match result {
            Ok(answer) => self.print(io, &source, &models, &answer, is_streamed),
            Err(error) => {
                if is_streamed {
                    io.line("")?;
                }
                let report = unanswered(&error);
                if !answers::is_no(&error) {
                    return Err(report);
                }
                io.report(&report);
                Ok(ExitStatus::No)
            }
        }
    }

    /// Asks; says whether text of the answer has been printed already.
    async fn ask(
        &self,
        io: &mut Io,
        kernel: &Kernel,
        question: &str,
        log: &mut Log,
    ) -> miette::Result<(Result<Answer, AskError>, bool)> {
        let ask = Ask {
            intent: self.intent.as_deref(),
            reference: self.reference.as_deref(),
            tenant: &self.tenant,
            ..Ask::new(question)
        };
        let streams = io.stdout_is_terminal && !self.json;
        let mut is_streamed = false;
        let answer = watch::ask(kernel, &ask, |told| match told {
            Told::Text(text) if streams => {
                is_streamed = true;
                io.print(text)
            }
            Told::Text(_) => Ok(()),
            Told::Event(event) => {
                if let Event::FallbackTrigger { from, to, why, .. } = &event {
                    // What was begun is not the answer.
                    if std::mem::take(&mut is_streamed) {
                        io.line("")?;
                    }
                    io.note(format!("`{from}` could not answer, asking `{to}`: {why}"));
                }
                log.event(&event)
            }
        })
        .await?;
        Ok((answer, is_streamed))
    }

    fn print(
        &self,
        io: &mut Io,
        source: &Source,
        models: &Models,
        answer: &Answer,
        is_streamed: bool,
    ) -> miette::Result<ExitStatus> {
        let simulated = answers::simulated(models, answer);
        let status = if answer.lacks_verdict { ExitStatus::No } else { ExitStatus::Yes };
        if self.json {
            let (means, unscored) = match &answer.confidence {
                Verdict::Scored { means, .. } => (Some(*means), None),
                Verdict::Unscored { why } => (None, Some(why.to_string())),
            };
            let record = AskV1 {
                ecosystem: source.composition.ecosystem().name.clone(),
                version: source.version,
                attractor: answer.attractor.clone(),
                answer: answer.text.clone(),
                score: answer.confidence.score(),
                means,
                unscored,
                lacks_verdict: answer.lacks_verdict,
                cost: answer.cost,
                temperature_factor: answer.temperature_factor,
                stages: answer.stages.iter().map(StageV1::of).collect(),
                simulated,
                seed: self.seed,
            };
            json::print(io, "flux.ask/1", &record)?;
            return Ok(status);
        }
        io.line(if is_streamed { "" } else { answer.text.trim_end() })?;
        let by: Vec<String> =
            answers::keys(answer).into_iter().map(|key| answers::who(models, &key)).collect();
        // Words of a person are no model's.
        let by = if by.is_empty() { "a person".to_owned() } else { by.join(", ") };
        io.note(format!(
            "by {by}; {}; cost {:.6}; seed {}",
            answers::confidence(&answer.confidence),
            answer.cost,
            self.seed
        ));
        if answer.lacks_verdict {
            io.note("the POLICY requires a judge, and there is no score: do not rely on this answer");
        }
        Ok(status)
    }
}

/// A report of a question without an answer.
fn unanswered(error: &AskError) -> Report {
    let hint = answers::remedy(error);
    mistakes::failed_for("get an answer", error, hint.as_deref())
}
