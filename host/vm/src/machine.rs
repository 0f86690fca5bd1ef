//! The machine that runs verified programs.
//!
//! A machine is a function of its program, its setting, what it is given and the answers of its host. Every instruction
//! that is executed costs a cycle; one that fails costs nothing and changes nothing.
//!
//! # Example
//! ```
//! use flux_vm::{Machine, Program, Verified, host::Alone, machine::Stop};
//!
//! // MOVI R1, 10; loop: IADD R0, R0, R1; DEC R1; JNZ R1, loop; HALT
//! let code = vec![0x2b, 1, 10, 0, 0x08, 0, 0, 1, 0x0f, 1, 0x06, 1, 0xf6, 0xff, 0x80];
//! let program = Verified::new(Program::raw(code))?;
//! let mut machine = Machine::new(&program);
//! assert_eq!(machine.run(1_000_000, &mut Alone), Stop::Halted);
//! assert_eq!(machine.r(0), 55);
//! assert_eq!(machine.cycles(), 32);
//! # Ok::<(), flux_vm::verify::VerifyError>(())
//! ```

use std::borrow::Cow;

use crate::capability::Capabilities;
use crate::error::VmError;
use crate::host::Host;
use crate::instruction::Instruction;
use crate::isa::{Flow, N_R, SP};
use crate::limits::Limits;
use crate::verify::Verified;

mod carry;
mod execute;
mod extra;
mod inspect;
mod numbers;
mod op;
mod outside;
mod prepare;
mod region;
mod slow;

pub use carry::Carried;
pub use extra::{Boxed, Witness};
pub use inspect::{Change, Flags, Observation, RegionInfo, Registers, fnv1a};
pub use numbers::NAN_BITS;
pub(crate) use prepare::Prepared;

use execute::{Exit, FlagPair};
use extra::Extra;
use region::Region;

/// How many cycles a run may take where nothing else is said.
pub const DEFAULT_BUDGET: u64 = 1_000_000;

/// What a machine is given beside its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What it may use up.
    pub limits: Limits,
    /// The name under which the program owns regions; default `system`.
    pub principal: Cow<'static, str>,
    /// What it may do; default nothing.
    pub capabilities: Capabilities,
}

impl Setting {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        limits: Limits::DEFAULT,
        principal: Cow::Borrowed("system"),
        capabilities: Capabilities::none(),
    };

    /// The size of the regions `stack` and `heap`, in bytes: what the limits say, at most 2 GiB.
    pub(crate) fn memory_size(&self) -> u32 {
        self.limits.memory_size.min(1 << 31)
    }
}

impl Default for Setting {
    fn default() -> Self {
        Self::DEFAULT
    }
}

static DEFAULT_SETTING: Setting = Setting::DEFAULT;

/// Why a machine stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The program ended.
    Halted,
    /// The program did something that it may not do.
    Failed(Box<VmError>),
    /// The budget is used up. A machine that is run again goes on.
    OutOfCycles,
    /// The host has no answer yet. A machine that is run again asks again.
    Waiting,
    /// The program ended its turn. A machine that is run again goes on.
    Yielded,
}

/// A call that has not returned, as far as it was stepped through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where the call stands.
    pub call: u32,
    /// Where it went to.
    pub target: u32,
    /// Where it returns to.
    pub back: u32,
    /// The address of the return address on the stack.
    pub sp: i64,
}

#[derive(Clone, Debug)]
enum State {
    Ready,
    Halted,
    Failed(Box<VmError>),
}

/// A machine with a program in it.
#[derive(Clone, Debug)]
pub struct Machine<'p> {
    verified: &'p Verified,
    setting: &'p Setting,
    r: [i64; N_R],
    flags: FlagPair,
    /// Which instruction comes next, by its index.
    pc: usize,
    cycles: u64,
    stack: Region,
    state: State,
    frames: Vec<Frame>,
    extra: Option<Box<Extra>>,
}

impl<'p> Machine<'p> {
    /// Makes a machine with the default setting, at the program's entry.
    ///
    /// This takes some ten nanoseconds; memory is allocated when it is first used.
    #[inline]
    pub fn new(verified: &'p Verified) -> Self {
        Self::with(verified, &DEFAULT_SETTING)
    }

    /// Makes a machine with `setting`, at the program's entry.
    #[inline]
    pub fn with(verified: &'p Verified, setting: &'p Setting) -> Self {
        let size = setting.memory_size();
        let mut r = [0; N_R];
        r[usize::from(SP)] = i64::from(size);
        Self {
            verified,
            setting,
            r,
            flags: FlagPair::NONE,
            pc: verified.entry_index(),
            cycles: 0,
            stack: Region::new(size, None),
            state: State::Ready,
            frames: Vec::new(),
            extra: None,
        }
    }

    /// Makes the machine as it was when it was new.
    pub fn reset(&mut self) {
        *self = Self::with(self.verified, self.setting);
    }

    /// Puts inputs into R0, R1, ...; at most [`N_R`] of them.
    pub fn give(&mut self, inputs: &[i64]) {
        for (register, input) in self.r.iter_mut().zip(inputs) {
            *register = *input;
        }
    }

    /// Returns as many of R0, R1, ... as the program has outputs.
    pub fn outputs(&self) -> &[i64] {
        let n_outputs = usize::from(self.verified.program().outputs).min(N_R);
        &self.r[..n_outputs]
    }

    /// Runs until the program ends, or waits, or `budget` cycles are used up.
    ///
    /// A program that needs exactly `budget` cycles ends. [`Machine::frames`] is empty after it.
    pub fn run(&mut self, budget: u64, host: &mut dyn Host) -> Stop {
        if let Some(stop) = self.ended() {
            return stop;
        }
        self.frames.clear();
        let end = self.cycles.saturating_add(budget);
        let mut left = end - self.cycles;
        loop {
            if left == 0 {
                self.cycles = end;
                return Stop::OutOfCycles;
            }
            let cost = u64::from(self.verified.prepared().rest.get(self.pc).copied().unwrap_or_default());
            let exit = if cost == 0 || left < cost {
                let exit = self.execute::<true>(&mut left, end, host);
                if matches!(exit, Exit::Stepped | Exit::Halted | Exit::Yielded) {
                    left -= 1;
                }
                exit
            } else {
                left -= cost;
                self.execute::<false>(&mut left, end, host)
            };
            self.cycles = end - left;
            if let Some(stop) = self.leave(exit) {
                return stop;
            }
        }
    }

    /// Executes one instruction; none if the program goes on.
    pub fn step(&mut self, host: &mut dyn Host) -> Option<Stop> {
        if let Some(stop) = self.ended() {
            return Some(stop);
        }
        let (call, flow) = (self.pc(), self.opcode_of(self.pc).map(|opcode| opcode.spec().flow));
        let len = self.instruction().map_or(0, |instruction| instruction.len());
        let mut left = 1;
        let exit = self.execute::<true>(&mut left, self.cycles.saturating_add(1), host);
        if matches!(exit, Exit::Stepped | Exit::Halted | Exit::Yielded) {
            self.cycles = self.cycles.saturating_add(1);
        }
        let sp = self.get(SP);
        self.frames.retain(|frame| frame.sp >= sp);
        if matches!((&exit, flow), (Exit::Stepped, Some(Flow::Call | Flow::IndirectCall))) {
            self.frames.push(Frame { call, target: self.pc(), back: call + len as u32, sp });
        }
        self.leave(exit)
    }

    /// Returns how the program ended, if it did.
    pub fn ended(&self) -> Option<Stop> {
        match &self.state {
            State::Ready => None,
            State::Halted => Some(Stop::Halted),
            State::Failed(error) => Some(Stop::Failed(error.clone())),
        }
    }

    /// Returns the cycles that were executed.
    pub const fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Returns the program.
    pub const fn verified(&self) -> &'p Verified {
        self.verified
    }

    /// Returns where in the code execution is: the next instruction, or the one that ended it.
    pub fn pc(&self) -> u32 {
        self.offset_of(self.pc)
    }

    /// Returns that instruction; none at the end of the code.
    pub fn instruction(&self) -> Option<Instruction<'p>> {
        self.verified.instruction_at(self.pc())
    }

    /// Returns the calls that have not returned, the outermost first.
    ///
    /// They are known as far as the program was stepped through.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    fn leave(&mut self, exit: Exit) -> Option<Stop> {
        match exit {
            Exit::Stepped | Exit::Unpaid => return None,
            Exit::Halted => self.state = State::Halted,
            Exit::Waiting => return Some(Stop::Waiting),
            Exit::Yielded => return Some(Stop::Yielded),
            Exit::Fault(kind) => {
                let error = VmError { kind: *kind, opcode: self.byte_of(self.pc), pc: self.pc() };
                self.state = State::Failed(Box::new(error));
            }
        }
        self.ended()
    }

    #[inline]
    fn get(&self, number: u8) -> i64 {
        self.r[usize::from(number & 15)]
    }

    #[inline]
    fn put(&mut self, number: u8, value: i64) {
        self.r[usize::from(number & 15)] = value;
    }

    fn extra(&mut self) -> &mut Extra {
        let setting = self.setting;
        self.extra.get_or_insert_with(|| Box::new(Extra::new(setting)))
    }
}

#[cfg(test)]
mod tests;
