//! Which bytes of a program are instructions: all that can be come to.

use super::{Finding, FindingKind, Severity};
use crate::container::{Landing, Program};
use crate::instruction::{DecodeError, decode};
use crate::isa::{Flow, Opcode};

/// Bytes of code, as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Not come to.
    Free,
    /// An instruction begins here.
    Start,
    /// An instruction that began before goes on here.
    Inside,
}

/// How many bytes are looked at for landing pads that turn out to be none, for each byte of code. Data that is mistaken
/// for code ends after few instructions, so this is reached by code that was made to take long only.
const STEPS_PER_BYTE: usize = 16;

/// How many refusals are reported, more or less; who reads more than that at once?
const MAX_REFUSALS: usize = 100;

/// What can be come to.
pub(super) struct Reached<'a> {
    code: &'a [u8],
    marks: Vec<Mark>,
    /// What was found, in no order.
    pub findings: Vec<Finding>,
    /// Offsets after calls, up to the length of the code.
    pub return_points: Vec<usize>,
    /// Where an address that is computed may lead to.
    pub pads: Vec<usize>,
    goes_by_address: bool,
    /// How much may still be tried, see [`STEPS_PER_BYTE`].
    steps_left: usize,
    /// After how many refusals there is nothing more to be learned.
    enough: usize,
    n_refusals: usize,
    /// What was marked since the last root, to be taken back.
    journal: Vec<(usize, usize)>,
    ends: bool,
}

impl<'a> From<&'a Program> for Reached<'a> {
    fn from(program: &'a Program) -> Self {
        let code = program.code.as_slice();
        let entry = program.entry as usize;
        let mut reached = Self {
            code,
            marks: vec![Mark::Free; code.len()],
            findings: Vec::new(),
            return_points: Vec::new(),
            pads: Vec::new(),
            goes_by_address: false,
            steps_left: usize::MAX,
            enough: MAX_REFUSALS,
            n_refusals: 0,
            journal: Vec::new(),
            ends: false,
        };
        reached.explore(entry);
        if reached.n_refusals == 0 {
            reached.enough = 1;
            reached.steps_left = code.len() * STEPS_PER_BYTE;
            match &program.landing {
                Landing::Listed(pads) => reached.land_on(pads),
                Landing::Anywhere => reached.land_anywhere(),
            }
            if reached.mark(0) == Mark::Start || reached.try_root(0) {
                reached.pads.push(0);
            }
            reached.pads.push(entry);
            if !reached.ends {
                reached.find(entry, FindingKind::Endless);
            }
        }
        reached
    }
}

impl Reached<'_> {
    /// Returns where instructions begin, ascending.
    pub(super) fn starts(&self) -> Vec<u32> {
        let starts = self.marks.iter().enumerate().filter(|(_, mark)| **mark == Mark::Start);
        starts.map(|(offset, _)| offset as u32).collect()
    }

    fn land_on(&mut self, pads: &[u32]) {
        for &pad in pads {
            let pad = pad as usize;
            if pad < self.code.len() && (self.mark(pad) == Mark::Start || self.try_root(pad)) {
                self.pads.push(pad);
            } else {
                self.find(pad, FindingKind::Pad);
            }
        }
    }

    /// Takes every instruction as a pad. Code that only addresses lead to is not known yet: it is what can be read
    /// as code between the instructions that are known, from one end of the gap to the other.
    fn land_anywhere(&mut self) {
        let mut offset = 0;
        while self.goes_by_address && offset < self.code.len() {
            if self.marks[offset] == Mark::Free {
                self.try_root(offset);
            }
            offset += 1;
        }
        let starts = self.marks.iter().enumerate().filter(|(_, mark)| **mark == Mark::Start);
        self.pads.extend(starts.map(|(offset, _)| offset));
    }

    /// Explores from `root` and takes everything back if that comes to something that is refused.
    fn try_root(&mut self, root: usize) -> bool {
        let (n_findings, n_returns) = (self.findings.len(), self.return_points.len());
        let (goes_by_address, ends) = (self.goes_by_address, self.ends);
        self.explore(root);
        if self.steps_left > 0 && self.n_refusals == 0 {
            return true;
        }
        self.n_refusals = 0;
        for (offset, len) in std::mem::take(&mut self.journal) {
            self.marks[offset..offset + len].fill(Mark::Free);
        }
        self.findings.truncate(n_findings);
        self.return_points.truncate(n_returns);
        (self.goes_by_address, self.ends) = (goes_by_address, ends);
        false
    }

    /// Marks everything that can be come to from `root`.
    fn explore(&mut self, root: usize) {
        self.journal.clear();
        let mut open = vec![root];
        while let Some(offset) = open.pop() {
            if self.mark(offset) == Mark::Start {
                continue;
            }
            if self.steps_left == 0 || self.n_refusals >= self.enough {
                return;
            }
            self.take(offset, &mut open);
        }
    }

    /// Marks the instruction at `offset` and opens what may be executed after it.
    fn take(&mut self, offset: usize, open: &mut Vec<usize>) {
        let code_len = self.code.len();
        let instruction = match decode(self.code, offset) {
            Ok(instruction) => instruction,
            Err(DecodeError::Undefined(byte)) => return self.find(offset, FindingKind::Undefined(byte)),
            Err(DecodeError::Truncated { opcode, expected, actual }) => {
                return self.find(offset, FindingKind::Truncated { opcode, expected, actual });
            }
            // Nobody opens the end of the code.
            Err(DecodeError::Outside { .. }) => return,
        };
        let end = offset + instruction.len();
        self.steps_left = self.steps_left.saturating_sub(instruction.len());
        if let Some(at) = (offset..end).find(|&at| self.marks[at] != Mark::Free) {
            // Looking for it takes long, and of what is only tried nobody reads why it is none.
            let other = if self.enough > 1 { self.start_of(at) } else { at };
            return self.find(offset, FindingKind::Overlap { other });
        }
        self.marks[offset] = Mark::Start;
        self.marks[offset + 1..end].fill(Mark::Inside);
        self.journal.push((offset, instruction.len()));
        if let Some((bank, number)) = instruction.wrong_register() {
            self.find(offset, FindingKind::Register { bank, number });
        }
        if let Some(target) = instruction.target(offset) {
            match usize::try_from(target) {
                Ok(inside) if inside < code_len => open.push(inside),
                _ => self.find(offset, FindingKind::Outside { target, len: code_len }),
            }
        }
        let flow = instruction.opcode.spec().flow;
        self.goes_by_address |= matches!(flow, Flow::IndirectCall | Flow::Return);
        self.ends |= matches!(flow, Flow::Halt | Flow::Return);
        if matches!(flow, Flow::Call | Flow::IndirectCall) {
            self.return_points.push(end);
        }
        if matches!(flow, Flow::Next | Flow::Branch | Flow::Call | Flow::IndirectCall) {
            if end < code_len {
                open.push(end);
            } else {
                self.find(offset, FindingKind::RunsOff);
            }
        }
    }

    fn mark(&self, offset: usize) -> Mark {
        self.marks.get(offset).copied().unwrap_or(Mark::Free)
    }

    fn start_of(&self, inside: usize) -> usize {
        (0..=inside).rev().find(|&at| self.marks[at] == Mark::Start).unwrap_or_default()
    }

    fn find(&mut self, offset: usize, kind: FindingKind) {
        let opcode = self.code.get(offset).and_then(|byte| Opcode::from_byte(*byte));
        let finding = Finding { offset, opcode, kind };
        self.n_refusals += usize::from(finding.severity() == Severity::Refusal);
        self.findings.push(finding);
    }
}
