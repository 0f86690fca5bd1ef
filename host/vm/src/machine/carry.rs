//! What a machine leaves to the next one: for prompts, where each input is a program of its own.

use super::Machine;
use super::execute::FlagPair;
use super::extra::Extra;
use super::region::Region;
use crate::isa::N_R;
use crate::machine::Setting;
use crate::verify::Verified;

/// Registers, flags, memory, boxes, logs, capabilities and cycles of a machine, without its program.
#[derive(Clone, Debug)]
pub struct Carried {
    r: [i64; N_R],
    flags: FlagPair,
    cycles: u64,
    stack: Region,
    extra: Option<Box<Extra>>,
}

impl<'p> Machine<'p> {
    /// Takes everything out of the machine but its program and its place in it.
    #[must_use]
    pub fn carry(self) -> Carried {
        Carried { r: self.r, flags: self.flags, cycles: self.cycles, stack: self.stack, extra: self.extra }
    }

    /// Makes a machine that has what another one left, at the entry of another program.
    ///
    /// Calls of the other program are forgotten, but what they left on the stack is there. `setting` is for what the
    /// machine does from now on; the regions keep their sizes.
    #[must_use]
    pub fn resume(verified: &'p Verified, setting: &'p Setting, carried: Carried) -> Self {
        let Carried { r, flags, cycles, stack, extra } = carried;
        Self { r, flags, cycles, stack, extra, ..Self::with(verified, setting) }
    }
}
