//! What happened while an ecosystem grew, in the order in which it happened: told as it happens, and kept.

use flux_broker::judge::Verdict;
use flux_ecosystem::Mode;
use flux_ecosystem::designer::{Cycle, Told, Version};
use flux_ecosystem::event::{Event, Piece, Watch};
use flux_ecosystem::growth::Evidence;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Keeper;
use crate::ecosystem::watch::Log;
use crate::io::Io;

/// Something that was said.
pub(super) enum Said {
    /// By the kernel.
    Event(Box<Event>),
    /// A question was answered, or not.
    Asked(AskedV1),
    /// The designer turned round.
    Turned(Box<Cycle>),
    /// Another version answers from now on.
    Replaced(Box<Version>),
    /// The designer will not turn round again.
    Stopped(String),
}

/// Hands on what is said to whoever prints it.
#[derive(Clone)]
pub(super) struct Teller(UnboundedSender<Said>);

/// A teller, and where what it says arrives.
pub(super) fn channel() -> (Teller, UnboundedReceiver<Said>) {
    let (sender, receiver) = unbounded_channel();
    (Teller(sender), receiver)
}

impl Teller {
    /// Hands on what the designer says.
    pub(super) fn tell(&mut self, told: &Told<'_>) {
        let said = match told {
            Told::Asked(question, result) => {
                Said::Asked(AskedV1::of(&question.ask, question.known.is_some(), result))
            }
            Told::Turned(cycle) => Said::Turned(Box::new((*cycle).clone())),
            Told::Replaced(version) => Said::Replaced(Box::new((*version).clone())),
            Told::Stopped(why) => Said::Stopped((*why).to_owned()),
        };
        // Nobody listens any more when the command is over.
        let _ = self.0.send(said);
    }
}

impl Watch for Teller {
    fn event(&mut self, event: &Event) {
        let _ = self.0.send(Said::Event(Box::new(event.clone())));
    }

    fn text(&mut self, _piece: &Piece<'_>) {}
}

/// A question that was asked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AskedV1 {
    question: String,
    answer: Option<String>,
    error: Option<String>,
    score: Option<f64>,
    judged: Option<f64>,
    average: Option<f64>,
    cost: f64,
    mode: Option<Mode>,
    is_checked: bool,
}

impl AskedV1 {
    fn of(
        question: &str,
        is_checked: bool,
        result: &Result<flux_ecosystem::Answer, flux_ecosystem::AskError>,
    ) -> Self {
        let question = question.to_owned();
        match result {
            Ok(answer) => Self {
                question,
                answer: Some(answer.text.clone()),
                error: None,
                score: answer.confidence.score(),
                judged: answer.judged.as_ref().and_then(Verdict::score),
                average: answer.average,
                cost: answer.cost,
                mode: Some(answer.mode),
                is_checked,
            },
            Err(error) => Self {
                question,
                answer: None,
                error: Some(error.in_full()),
                score: None,
                judged: None,
                average: None,
                cost: 0.0,
                mode: None,
                is_checked,
            },
        }
    }

    fn line(&self) -> String {
        let number_of = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |it| format!("{it:.2}"));
        match (&self.answer, &self.error) {
            (Some(answer), _) => format!(
                "{} {}  confidence {}, judge {}, EMA {}",
                self.question,
                answer.trim(),
                number_of(self.score),
                number_of(self.judged),
                number_of(self.average)
            ),
            (None, error) => {
                format!("{} no answer: {}", self.question, error.as_deref().unwrap_or("unknown"))
            }
        }
    }
}

/// A passage from one mode to another.
#[derive(Clone, Debug, Serialize)]
struct TransitionV1 {
    to: Mode,
    after: usize,
    evidence: Evidence,
}

/// The story so far.
#[derive(Serialize)]
pub(super) struct Story {
    answers: Vec<AskedV1>,
    cycles: Vec<Cycle>,
    transitions: Vec<TransitionV1>,
    stopped: Option<String>,
    #[serde(skip)]
    log: Log,
    #[serde(skip)]
    shows_answers: bool,
    #[serde(skip)]
    is_silent: bool,
    /// Answers since the last look.
    #[serde(skip)]
    since: usize,
    /// How many questions had been asked when the designer stopped.
    #[serde(skip)]
    stopped_at: Option<usize>,
}

impl Story {
    /// A story in which nothing has happened.
    pub(super) fn new(log: Log, shows_answers: bool, is_silent: bool) -> Self {
        Self {
            answers: Vec::new(),
            cycles: Vec::new(),
            transitions: Vec::new(),
            stopped: None,
            log,
            shows_answers,
            is_silent,
            since: 0,
            stopped_at: None,
        }
    }

    /// How many questions were asked.
    pub(super) fn asked(&self) -> usize {
        self.answers.len()
    }

    /// How many questions were asked since the designer stopped, if it has.
    pub(super) fn since_stop(&self) -> Option<usize> {
        self.stopped_at.map(|at| self.asked() - at)
    }

    /// Takes note of something, and tells it.
    pub(super) fn take(
        &mut self,
        io: &mut Io,
        said: Said,
        keeper: Option<&mut Keeper>,
    ) -> miette::Result<()> {
        match said {
            Said::Event(event) => {
                self.log.event(&event)?;
                let (to, evidence) = match *event {
                    Event::TransitionToProduction { evidence } => (Mode::Production, evidence),
                    Event::TransitionToGrowth { evidence } => (Mode::Growth, evidence),
                    _ => return Ok(()),
                };
                // The answer that decided is told of after the passage.
                let after = self.answers.len() + 1;
                self.say(io, &format!("{to} after {after} answers: {evidence}"))?;
                self.transitions.push(TransitionV1 { to, after, evidence });
                Ok(())
            }
            Said::Asked(asked) => {
                self.since += 1;
                if self.shows_answers {
                    self.say(io, &format!("{:>4}  {}", self.answers.len() + 1, asked.line()))?;
                }
                self.answers.push(asked);
                Ok(())
            }
            Said::Turned(cycle) => {
                self.log.event(&cycle)?;
                self.look(io)?;
                for line in cycle.lines() {
                    self.say(io, &line)?;
                }
                self.cycles.push(*cycle);
                Ok(())
            }
            Said::Replaced(version) => {
                self.log.event(&version)?;
                keeper.map_or(Ok(()), |keeper| keeper.keep(&version))?;
                self.say(io, &format!("version {}: {}", version.number, version.changed.join("; ")))
            }
            Said::Stopped(why) => {
                self.say(io, &format!("the designer stops: {why}"))?;
                self.stopped = Some(why);
                self.stopped_at = Some(self.asked());
                Ok(())
            }
        }
    }

    /// Sums up the answers since the last look.
    fn look(&mut self, io: &mut Io) -> miette::Result<()> {
        let since = std::mem::take(&mut self.since);
        if since == 0 {
            return Ok(());
        }
        let last = &self.answers[self.answers.len() - since..];
        let right = last.iter().filter(|asked| asked.score.is_some_and(|score| score >= 0.5)).count();
        let average = last.last().and_then(|asked| asked.average);
        let average = average.map_or_else(String::new, |average| format!(", EMA {average:.2}"));
        let what = if last.iter().all(|asked| asked.is_checked) { "right" } else { "held to be right" };
        self.say(
            io,
            &format!("\n{} answers so far, {right} of the last {since} {what}{average}", self.asked()),
        )
    }

    fn say(&self, io: &mut Io, line: &str) -> miette::Result<()> {
        if self.is_silent { Ok(()) } else { io.line(line) }
    }
}
