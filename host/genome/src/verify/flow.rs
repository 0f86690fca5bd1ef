//! What is odd about the control flow of functions, from their nesting alone.
//!
//! One pass over a function's operators keeps the open blocks and whether control can come to where it stands. *Can
//! come* means by structure: conditions are taken to go either way. A loop *has no exit* if control that is in it
//! can leave it in none of these ways: past its end, by a branch to a label outside, by a return or a tail call, or by
//! `unreachable`, in the function itself or at the end of every way through a function that it calls. Other traps
//! (a division by zero, an exhausted budget) end such a loop too, but nobody writes a loop to be ended by them.

use std::fmt;

use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, Operator};

use crate::anatomy::Module;
use crate::genome::Genome;

/// A finding about one instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The position of the module among the genome's modules.
    pub module: usize,
    /// The function, by its index in its module.
    pub function: u32,
    /// The function's name, where it has one.
    pub name: Option<String>,
    /// The instruction, counted from 0 in its function.
    pub instruction: u32,
    /// What is odd about it.
    pub oddity: Oddity,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function {}", self.function)?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        write!(f, ", instruction {}: {}", self.instruction, self.oddity)
    }
}

/// What may be odd about an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// A loop that control never leaves once it is in it.
    EndlessLoop,
    /// A jump table where no control comes.
    UnreachableTable,
    /// A jump table whose entries all lead to the default label.
    OneTarget {
        /// Entries, without the default.
        entries: u32,
    },
    /// A jump table with several entries for one label.
    DuplicateTargets {
        /// Entries, without the default.
        entries: u32,
        /// Labels among them and the default.
        labels: u32,
    },
    /// A jump table whose index is a constant, so that its other entries are never taken.
    ConstantIndex {
        /// Entries, without the default.
        entries: u32,
    },
}

impl Oddity {
    /// A short stable name, used in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EndlessLoop => "endless-loop",
            Self::UnreachableTable => "unreachable-table",
            Self::OneTarget { .. } => "one-target",
            Self::DuplicateTargets { .. } => "duplicate-targets",
            Self::ConstantIndex { .. } => "constant-index",
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: u32| format!("{n} {}", if n == 1 { "entry" } else { "entries" });
        match self {
            Self::EndlessLoop => f.write_str("the loop has no exit"),
            Self::UnreachableTable => f.write_str("no control comes to the jump table"),
            Self::OneTarget { entries } => {
                write!(f, "all targets of the jump table ({} and the default) are one label", count(*entries))
            }
            Self::DuplicateTargets { entries, labels } => {
                write!(f, "the jump table has {} and a default for {labels} labels", count(*entries))
            }
            Self::ConstantIndex { entries } => {
                write!(f, "the jump table has {}, and its index is a constant", count(*entries))
            }
        }
    }
}

/// Finds what is odd about the functions of a genome's own modules.
///
/// INVARIANT: an admitted genome parses; should a body not, nothing is noted about it.
pub(super) fn notes(genome: &Genome) -> Vec<Note> {
    let mut notes = Vec::new();
    for (module, contents) in genome.anatomy().modules.iter().enumerate() {
        let never_return = never_return(genome, contents);
        for function in &contents.functions {
            let body = body(genome, function.range.clone());
            let Ok(findings) = body.and_then(|body| Walk::of(&never_return).through(&body)) else { continue };
            notes.extend(findings.oddities.into_iter().map(|(instruction, oddity)| Note {
                module,
                function: function.index,
                name: function.name.clone(),
                instruction,
                oddity,
            }));
        }
    }
    notes
}

fn body(genome: &Genome, range: std::ops::Range<usize>) -> Result<FunctionBody<'_>, BinaryReaderError> {
    let bytes = genome.bytes().get(range.clone()).unwrap_or_default();
    Ok(FunctionBody::new(BinaryReader::new(bytes, range.start)))
}

/// `result[f]` says whether function `f` of the module ends by `unreachable` on every way through it.
fn never_return(genome: &Genome, module: &Module) -> Vec<bool> {
    let mut known = vec![false; module.n_imported_functions as usize];
    for function in &module.functions {
        let findings =
            body(genome, function.range.clone()).and_then(|body| Walk::of(&[]).through(&body)).ok();
        known.push(findings.is_some_and(|found| found.traps && !found.returns));
    }
    known
}

/// What one pass over a function found.
#[derive(Default)]
struct Findings {
    /// Instructions and what is odd about them, in their order.
    oddities: Vec<(u32, Oddity)>,
    /// Whether control can come to an `unreachable`.
    traps: bool,
    /// Whether control can leave the function by its end, a return or a tail call.
    returns: bool,
}

/// An open block; the outermost is the function.
struct Frame {
    /// The instruction that opened it.
    opener: u32,
    kind: Kind,
    /// Whether control can come to its beginning.
    entered: bool,
    /// For an `if` without an `else` so far, or another block: whether control can come to its label at the end.
    label_reached: bool,
    /// For a loop: whether control can leave it other than past its end.
    left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    /// An `if` whose `else` has not come; without one, control passes by.
    If,
}

struct Walk<'n> {
    never_return: &'n [bool],
    frames: Vec<Frame>,
    /// Whether control can come to where the walk stands.
    live: bool,
    findings: Findings,
}

impl<'n> Walk<'n> {
    fn of(never_return: &'n [bool]) -> Self {
        let function =
            Frame { opener: 0, kind: Kind::Block, entered: true, label_reached: false, left: false };
        Self { never_return, frames: vec![function], live: true, findings: Findings::default() }
    }

    fn through(mut self, body: &FunctionBody<'_>) -> Result<Findings, BinaryReaderError> {
        let mut reader = body.get_operators_reader()?;
        let mut after_constant = false;
        let mut at = 0;
        while !reader.eof() {
            let operator = reader.read()?;
            if let Operator::BrTable { targets } = &operator {
                let entries = targets.len();
                let mut labels = targets.targets().collect::<Result<Vec<_>, _>>()?;
                labels.push(targets.default());
                self.table(at, entries, labels, after_constant);
            } else {
                self.step(at, &operator);
            }
            after_constant = matches!(operator, Operator::I32Const { .. });
            at += 1;
        }
        self.findings.oddities.sort_by_key(|(at, _)| *at);
        Ok(self.findings)
    }

    fn step(&mut self, at: u32, operator: &Operator<'_>) {
        match operator {
            Operator::Block { .. } => self.open(at, Kind::Block),
            Operator::Loop { .. } => self.open(at, Kind::Loop),
            Operator::If { .. } => self.open(at, Kind::If),
            Operator::Else => self.otherwise(),
            Operator::End => self.close(),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                self.live = false;
            }
            Operator::BrIf { relative_depth } => self.branch(*relative_depth),
            Operator::Return | Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => {
                self.leave_all();
                self.findings.returns |= self.live;
                self.live = false;
            }
            Operator::Unreachable => self.trap(),
            Operator::Call { function_index }
                if self.never_return.get(*function_index as usize).copied().unwrap_or(false) =>
            {
                self.trap();
            }
            _ => {}
        }
    }

    fn open(&mut self, opener: u32, kind: Kind) {
        self.frames.push(Frame { opener, kind, entered: self.live, label_reached: false, left: false });
    }

    fn otherwise(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.kind = Kind::Block;
            frame.label_reached |= self.live;
            self.live = frame.entered;
        }
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        match frame.kind {
            Kind::Block => self.live |= frame.label_reached,
            Kind::If => self.live |= frame.label_reached || frame.entered,
            // A branch to a loop's label stays in the loop, so that only its end is left.
            Kind::Loop if frame.entered && !frame.left && !self.live => {
                self.findings.oddities.push((frame.opener, Oddity::EndlessLoop));
            }
            Kind::Loop => {}
        }
        if self.frames.is_empty() {
            self.findings.returns |= self.live;
        }
    }

    /// Control may go to the label `depth` levels out.
    fn branch(&mut self, depth: u32) {
        if !self.live {
            return;
        }
        let Some(target) = self.frames.len().checked_sub(1 + depth as usize) else { return };
        for frame in &mut self.frames[target + 1..] {
            frame.left = true;
        }
        let frame = &mut self.frames[target];
        if frame.kind != Kind::Loop {
            frame.label_reached = true;
        }
    }

    fn leave_all(&mut self) {
        if self.live {
            for frame in &mut self.frames {
                frame.left = true;
            }
        }
    }

    fn trap(&mut self) {
        self.leave_all();
        self.findings.traps |= self.live;
        self.live = false;
    }

    /// `labels` are the targets of the table, the default last.
    fn table(&mut self, at: u32, entries: u32, mut labels: Vec<u32>, constant: bool) {
        for &label in &labels {
            self.branch(label);
        }
        labels.sort_unstable();
        labels.dedup();
        let distinct = u32::try_from(labels.len()).unwrap_or(u32::MAX);
        let oddity = match distinct {
            _ if !self.live => Some(Oddity::UnreachableTable),
            1 if entries > 0 => Some(Oddity::OneTarget { entries }),
            _ if constant && entries > 0 => Some(Oddity::ConstantIndex { entries }),
            labels if labels <= entries => Some(Oddity::DuplicateTargets { entries, labels }),
            _ => None,
        };
        self.findings.oddities.extend(oddity.map(|oddity| (at, oddity)));
        self.live = false;
    }
}
