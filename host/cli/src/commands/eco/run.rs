//! `flux eco run`.

use std::path::PathBuf;

use flux_broker::judge::{Means, Verdict};
use flux_broker::questions::{Question, QuestionSet};
use flux_ecosystem::{Answer, Ask, AskError, Judging, Kernel, Mode, Settings};
use serde::Serialize;

use crate::ecosystem::models::{ModelArgs, Models, TapeArgs};
use crate::ecosystem::versions::{self, Source};
use crate::ecosystem::watch::{self, Log, LogArgs, Told};
use crate::ecosystem::{answers, file, judges, person, runtime};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::interrupt::Interrupts;
use crate::io::Io;
use crate::json;

/// How much of an answer a line of the table shows, in characters.
const SHOWN: usize = 36;

/// Arguments of `flux eco run`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Answers are held against the known ones; that is their confidence, and outranks the judge, who is asked all the\n\
        same, so that both can be compared. EMA is the moving average of confidence; temperatures follow it.\n\n\
        Examples:\n  flux eco run genomes/ecosystems/demo.flux genomes/ecosystems/questions.toml\n  \
        flux eco run genomes/ecosystems/panel.flux genomes/ecosystems/questions.toml --limit 12 --json\n\n\
        Exit status: 0 all questions were answered; 1 some were not; 2 it could not begin; 130 interrupted."
)]
pub(super) struct Args {
    /// The ecosystem: a `.flux` file, or the name of one in the bank, whose live version answers.
    #[arg(value_name = "ECOSYSTEM")]
    ecosystem: PathBuf,
    /// The questions: a file like genomes/ecosystems/questions.toml.
    questions: PathBuf,
    /// Ask no more than so many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What kind of questions they are: an intent that an attractor has.
    #[arg(long, value_name = "INTENT")]
    intent: Option<String>,
    /// Go by the judge alone, as if the answers were not known.
    #[arg(long)]
    blind: bool,
    /// Change no temperatures, whatever the confidence.
    #[arg(long)]
    frozen: bool,
    /// Seed of what is drawn by chance where neither stage nor ecosystem has one.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    #[command(flatten)]
    models: ModelArgs,
    #[command(flatten)]
    tape: TapeArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.eco-run/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct RunV1 {
    ecosystem: String,
    version: Option<u64>,
    simulated: Vec<String>,
    seed: u64,
    answers: Vec<AnswerV1>,
    right: usize,
    cost: f64,
    mode: Mode,
}

#[derive(Serialize)]
struct AnswerV1 {
    question: String,
    subject: String,
    answer: Option<String>,
    error: Option<String>,
    right: bool,
    score: Option<f64>,
    means: Option<Means>,
    judged: Option<f64>,
    average: Option<f64>,
    temperature: Option<f64>,
    cost: Option<f64>,
    mode: Mode,
    version: u64,
}

impl Args {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let source = versions::source(io, &self.ecosystem, &self.bank)?;
        let mut set = file::questions(io, &self.questions)?;
        set.questions.truncate(self.limit.unwrap_or(usize::MAX));
        let models = self.models.load_taped(io, Some(&source.file), &self.tape, &self.bank)?;
        let runtime = runtime()?;
        let tree = source.composition.ecosystem();
        let calibrations = runtime.block_on(judges::of_now(io, &models, tree, &self.bank))?;
        let settings = Settings {
            seed: self.seed,
            mode: if self.frozen { Mode::Simulation } else { Mode::Growth },
            judging: Judging::Always,
            calibrations,
            human: person::at_terminal(io),
            ..Settings::default()
        };
        let kernel = answers::kernel(&source, &models, settings)?;
        let mut log = self.log.open()?;
        let interrupts = Interrupts::listen(io);
        if !self.json {
            let name = &source.composition.ecosystem().name;
            io.note(format!("`{name}` on {} questions, seed {}", set.questions.len(), self.seed));
            io.line(header())?;
        }
        let (rows, simulated) =
            runtime.block_on(self.ask_all(io, &kernel, &models, &set, &mut log, interrupts))?;
        models.keep_tape(&self.bank)?;
        self.log.write_metrics(&kernel)?;
        let status = if rows.len() < set.questions.len() {
            ExitStatus::Interrupted
        } else if rows.iter().any(|row| row.error.is_some()) {
            ExitStatus::No
        } else {
            ExitStatus::Yes
        };
        self.finish(io, &source, &kernel, rows, simulated)?;
        Ok(status)
    }

    async fn ask_all(
        &self,
        io: &mut Io,
        kernel: &Kernel,
        models: &Models,
        set: &QuestionSet,
        log: &mut Log,
        interrupts: Interrupts,
    ) -> miette::Result<(Vec<AnswerV1>, Vec<String>)> {
        let mut rows = Vec::new();
        let mut simulated = std::collections::BTreeSet::new();
        for question in &set.questions {
            if interrupts.asked() {
                break;
            }
            let known = (!self.blind).then_some(question);
            let ask = Ask { intent: self.intent.as_deref(), known, ..Ask::new(&question.ask) };
            let result = watch::ask(kernel, &ask, |told| match told {
                Told::Event(event) => log.event(&event),
                Told::Text(_) => Ok(()),
            })
            .await?;
            if let Ok(answer) = &result {
                simulated.extend(answers::simulated(models, answer));
            }
            let row = AnswerV1::of(question, result, kernel);
            if !self.json {
                io.line(row.line(rows.len() + 1))?;
            }
            rows.push(row);
        }
        Ok((rows, simulated.into_iter().collect()))
    }

    fn finish(
        &self,
        io: &mut Io,
        source: &Source,
        kernel: &Kernel,
        rows: Vec<AnswerV1>,
        simulated: Vec<String>,
    ) -> miette::Result<()> {
        let right = rows.iter().filter(|row| row.right).count();
        let cost = kernel.spent(Ask::TENANT);
        if self.json {
            let record = RunV1 {
                ecosystem: source.composition.ecosystem().name.clone(),
                version: source.version,
                simulated,
                seed: self.seed,
                right,
                cost,
                mode: kernel.mode(),
                answers: rows,
            };
            return json::print(io, "flux.eco-run/1", &record);
        }
        io.line(format!("\n{right} of {} right, cost {cost:.6}, mode {}", rows.len(), kernel.mode()))?;
        if !simulated.is_empty() {
            let keys: Vec<String> = simulated.iter().map(|key| format!("`{key}`")).collect();
            io.note(format!("simulated models: {}", keys.join(", ")));
        }
        Ok(())
    }
}

fn header() -> String {
    format!(
        "{:>3}  {:<SHOWN$}  {:<5}  {:>10}  {:>5}  {:>5}  {:>11}  {:>9}  mode",
        "", "answer", "right", "confidence", "judge", "EMA", "temperature", "cost"
    )
}

impl AnswerV1 {
    fn of(question: &Question, result: Result<Answer, AskError>, kernel: &Kernel) -> Self {
        let (subject, asked) = (question.subject.clone(), question.ask.clone());
        match result {
            Ok(answer) => Self {
                question: asked,
                subject,
                right: question.is_right(&answer.text),
                score: answer.confidence.score(),
                means: match &answer.confidence {
                    Verdict::Scored { means, .. } => Some(*means),
                    Verdict::Unscored { .. } => None,
                },
                judged: answer.judged.as_ref().and_then(Verdict::score),
                average: answer.average,
                temperature: answer.stages.last().map(|stage| stage.temperature),
                cost: Some(answer.cost),
                mode: answer.mode,
                version: answer.version,
                answer: Some(answer.text),
                error: None,
            },
            Err(error) => Self {
                question: asked,
                subject,
                answer: None,
                error: Some(error.in_full()),
                right: false,
                score: None,
                means: None,
                judged: None,
                average: None,
                temperature: None,
                cost: None,
                mode: kernel.mode(),
                version: kernel.version(),
            },
        }
    }

    fn line(&self, number: usize) -> String {
        if let Some(error) = &self.error {
            return format!("{number:>3}  no answer: {error}");
        }
        let answer: String = self.answer.iter().flat_map(|text| text.chars()).collect();
        let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = if answer.chars().count() > SHOWN {
            answer.chars().take(SHOWN - 3).chain("...".chars()).collect()
        } else {
            answer
        };
        let number_of = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |it| format!("{it:.3}"));
        format!(
            "{number:>3}  {shown:<SHOWN$}  {:<5}  {:>10}  {:>5}  {:>5}  {:>11}  {:>9.6}  {}",
            if self.right { "yes" } else { "no" },
            number_of(self.score),
            number_of(self.judged),
            number_of(self.average),
            number_of(self.temperature),
            self.cost.unwrap_or(0.0),
            self.mode
        )
    }
}
