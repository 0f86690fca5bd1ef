//! A kernel and its designer together: questions are answered, and from time to time the ecosystem is looked at.

use std::sync::Arc;

use super::Designer;
use super::diagnosis::Weak;
use super::memory::{Experience, Memory, Remembered};
use super::record::{Conclusion, Cycle};
use super::simulation::Simulation;
use super::versions::Version;
use crate::error::AskError;
use crate::event::{Event, Watch};
use crate::growth::Mode;
use crate::kernel::{Answer, Ask, Kernel};

/// Answers between two looks at the ecosystem. The default, see [`Growing::every`]: twice the least evidence.
pub const BETWEEN: usize = 20;

/// What happens while an ecosystem grows.
#[derive(Debug)]
pub enum Told<'a> {
    /// A question was answered, or not.
    Asked(&'a Remembered, &'a Result<Answer, AskError>),
    /// The designer turned round.
    Turned(&'a Cycle),
    /// Another version answers from now on.
    Replaced(&'a Version),
    /// The designer will not turn round again, and why; questions go on being answered.
    Stopped(&'a str),
}

/// When the designer turns round again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Now,
    /// After further answers.
    Later,
}

/// A kernel that grows. Its settings should leave temperatures to the designer ([`crate::Mutation::Nothing`]); what it
/// changes by itself all the same becomes a version of its own.
pub struct Growing<'k> {
    kernel: &'k Kernel,
    designer: Designer,
    memory: Memory,
    /// Answers between two looks.
    between: usize,
    since: usize,
    /// The kernel's count of its ecosystems when it was last looked at.
    seen: u64,
    has_stopped: bool,
}

impl<'k> Growing<'k> {
    /// `designer` works on what `kernel` runs; `memory` may have questions of earlier days.
    #[must_use]
    pub fn new(kernel: &'k Kernel, designer: Designer, memory: Memory) -> Self {
        let seen = kernel.version();
        Self { kernel, designer, memory, between: BETWEEN, since: 0, seen, has_stopped: false }
    }

    /// The same with another number of answers between two looks, at least 1.
    #[must_use]
    pub fn every(self, between: usize) -> Self {
        Self { between: between.max(1), ..self }
    }

    /// The designer.
    #[must_use]
    pub fn designer(&self) -> &Designer {
        &self.designer
    }

    /// What is remembered.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Has a question answered, and turns the designer round if it is time: in GROWTH, after some answers. After a
    /// candidate was accepted, or a judge refused, it turns round again at once, as long as there is something to try.
    pub async fn ask(
        &mut self,
        question: &Remembered,
        simulation: &dyn Simulation,
        watch: &mut dyn Watch,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) {
        let ask = Ask {
            intent: question.intent.as_deref(),
            reference: question.reference.as_deref(),
            known: question.known.as_ref(),
            ..Ask::new(&question.ask)
        };
        let result = self.kernel.ask(&ask, watch).await;
        self.catch_up(tell);
        self.memory.remember(question.clone(), Experience::of(question, &result));
        self.since += 1;
        tell(Told::Asked(question, &result));
        while self.since >= self.between && self.kernel.mode() == Mode::Growth && !self.has_stopped {
            if let Err(why) = self.designer.may_continue() {
                self.has_stopped = true;
                tell(Told::Stopped(&why));
                break;
            }
            if self.turn(simulation, watch, tell).await == Again::Later {
                self.since = 0;
            }
        }
    }

    async fn turn(
        &mut self,
        simulation: &dyn Simulation,
        watch: &mut dyn Watch,
        tell: &mut (dyn FnMut(Told<'_>) + Send),
    ) -> Again {
        let composition = self.kernel.composition();
        let current = composition.ecosystem();
        let (cycle, accepted) = self.designer.cycle(current, &self.memory, simulation).await;
        tell(Told::Turned(&cycle));
        for evaluation in cycle.evaluation().into_iter().flat_map(|found| found.looks.last()) {
            self.kernel.metrics().designer_score("old", evaluation.0.old);
            self.kernel.metrics().designer_score("new", evaluation.0.new);
        }
        for event in cycle.events() {
            watch.event(&event);
        }
        let Some(candidate) = accepted else {
            // What is known of a judge does not depend on further answers: the next candidate can be tried at once.
            let is_judge = cycle.suspect().is_some_and(|suspect| suspect.weak == Weak::Judge);
            let is_worth_it = is_judge && cycle.conclusion == Conclusion::Refused;
            return if is_worth_it { Again::Now } else { Again::Later };
        };
        match self.kernel.swap(Arc::new(composition.with_root(candidate))) {
            Ok(version) => {
                self.seen = version;
                self.memory.changed();
                watch.event(&Event::EcosystemReplaced { version });
                tell(Told::Replaced(self.designer.version()));
                Again::Now
            }
            Err(error) => {
                // What the kernel will not run is not what runs.
                let why = error.to_string();
                if let Some(version) = self.designer.catch_up(current, &why) {
                    tell(Told::Replaced(&version));
                }
                Again::Later
            }
        }
    }

    /// Takes note of what the kernel changed by itself.
    fn catch_up(&mut self, tell: &mut (dyn FnMut(Told<'_>) + Send)) {
        let version = self.kernel.version();
        if version == self.seen {
            return;
        }
        self.seen = version;
        self.memory.changed();
        let composition = self.kernel.composition();
        let why = "confidence called for other temperatures";
        if let Some(version) = self.designer.catch_up(composition.ecosystem(), why) {
            tell(Told::Replaced(&version));
        }
    }
}

#[cfg(test)]
mod tests;
