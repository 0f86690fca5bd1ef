//! What instructions read and write, and what of it is looked at later.

use flux_vm::instruction::{Instruction, Operand};
use flux_vm::isa::{Access, Bank, FP, FlagRule, Flow, Kind, N_R, Opcode, PayloadForm, SP};
use flux_vm::payload::Payload;

use super::blocks::{Blocks, End};

/// A set of R registers and the flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(u32);

impl Set {
    pub(super) const NONE: Self = Self(0);
    pub(super) const FLAGS: Self = Self(1 << N_R);
    pub(super) const ALL: Self = Self((1 << (N_R + 1)) - 1);

    pub(super) const fn of(register: u8) -> Self {
        Self(1 << (register & 15))
    }

    /// The first `n` registers.
    pub(super) fn first(n: u8) -> Self {
        (0..n).fold(Self::NONE, |set, register| set.with(Self::of(register)))
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What an instruction reads, and what it writes in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    pub reads: Set,
    pub writes: Set,
}

impl Effects {
    /// Returns the effects of an instruction.
    pub(super) fn of(instruction: &Instruction<'_>) -> Self {
        let mut effects = Self::default();
        let spec = instruction.opcode.spec();
        for (kind, operand) in spec.operands.iter().zip(instruction.operands()) {
            match (kind, operand) {
                (Kind::Register(Bank::R, access), Operand::R(register)) => {
                    if *access != Access::Write {
                        effects.read(register);
                    }
                    if *access != Access::Read {
                        effects.write(register);
                    }
                }
                (Kind::CompareF, Operand::CompareF(register)) => effects.write(register),
                (Kind::Payload(form), Operand::Payload(bytes)) => {
                    effects.payload(instruction.opcode, *form, bytes);
                }
                _ => {}
            }
        }
        match instruction.opcode {
            Opcode::Push | Opcode::Pop | Opcode::Dup | Opcode::Call | Opcode::CallInd | Opcode::Alloca => {
                effects.read(SP);
                effects.write(SP);
            }
            Opcode::Swap | Opcode::Rot => effects.read(SP),
            // It leaves the stack pointer alone when it ends the program.
            Opcode::Ret => effects.read(SP),
            Opcode::Enter | Opcode::Leave => {
                effects.read(SP);
                effects.read(FP);
                effects.write(SP);
                effects.write(FP);
            }
            Opcode::Je
            | Opcode::Jne
            | Opcode::Jl
            | Opcode::Jge
            | Opcode::Jg
            | Opcode::Jle
            | Opcode::Setcc => {
                effects.reads = effects.reads.with(Set::FLAGS);
            }
            _ => {}
        }
        if spec.flags != FlagRule::Keep {
            effects.writes = effects.writes.with(Set::FLAGS);
        }
        effects
    }

    fn payload(&mut self, opcode: Opcode, form: PayloadForm, bytes: &[u8]) {
        match Payload::parse(form, bytes) {
            Ok(Payload::Message { message, second, .. }) => {
                self.read(message);
                if let Some(second) = second {
                    self.read(second);
                }
                self.write(0);
            }
            Ok(Payload::Capability { .. } | Payload::Resource { .. } | Payload::RegionCreate { .. }) => {
                self.write(0);
            }
            Ok(Payload::MemoryCompare { .. }) => self.write(0),
            Ok(_) => {}
            Err(_) if form.is_memory() => {}
            Err(_) => self.write(0),
        }
        // Whether the registers of a message change is up to the host.
        debug_assert!(opcode.spec().flow == Flow::Next);
    }

    fn read(&mut self, register: u8) {
        self.reads = self.reads.with(Set::of(register));
    }

    fn write(&mut self, register: u8) {
        self.writes = self.writes.with(Set::of(register));
    }
}

/// Says whether an instruction can fail.
pub(super) fn can_fail(opcode: Opcode) -> bool {
    use Opcode::*;
    #[rustfmt::skip]
    let can = matches!(
        opcode,
        Load | Store | Load8 | Store8 | Vload | Vstore | Push | Pop | Dup | Swap | Rot | Enter | Leave | Alloca
            | Call | CallInd | Ret | Idiv | Imod | Irem | Fdiv | Vadd | Vsub | Vmul | Vdiv | Vfma
            | Cast | Box | Unbox | CheckType | CheckBounds | Witness | Sense | Act | CapRequire
            | RegionCreate | RegionDestroy | RegionTransfer | Memcopy | Memset | Memcmp
    );
    can
}

/// What is looked at after each block, and at its beginning.
pub(super) struct Liveness {
    /// What is looked at when a node begins.
    pub at_entry: Vec<Set>,
}

impl Liveness {
    /// What is looked at if the first node does not say so: anything.
    pub(super) fn of_anything() -> Self {
        Self { at_entry: vec![Set::ALL] }
    }

    /// Follows the blocks backwards. `at_halt` is what the end of the program looks at, `at_failure` what an error does.
    pub(super) fn of(blocks: &Blocks<'_>, at_halt: Set, at_failure: Set) -> Self {
        let n = blocks.blocks.len();
        let mut live = Self { at_entry: vec![Set::NONE; n] };
        let mut changed = true;
        while changed {
            changed = false;
            for node in (0..n).rev() {
                let block = &blocks.blocks[node];
                let mut set = live.after(blocks, node, at_halt, at_failure);
                let instructions =
                    blocks.instructions.get(block.first..block.first + block.len).unwrap_or_default();
                for (_, instruction) in instructions.iter().rev() {
                    set = before(instruction, set, at_halt, at_failure);
                }
                changed |= live.at_entry[node] != set;
                live.at_entry[node] = set;
            }
        }
        live
    }

    /// What is looked at when a node ends.
    pub(super) fn after(&self, blocks: &Blocks<'_>, node: usize, at_halt: Set, at_failure: Set) -> Set {
        let own = match blocks.blocks[node].end {
            End::Halt => at_halt,
            End::Fail(_) => at_failure,
            // Other functions may look at anything.
            End::Leave(_) => Set::ALL,
            _ => Set::NONE,
        };
        blocks.graph.successors[node].iter().fold(own, |set, &next| set.with(self.at_entry[next]))
    }
}

/// What is looked at before an instruction, when `after` is what is looked at after it.
pub(super) fn before(instruction: &Instruction<'_>, after: Set, at_halt: Set, at_failure: Set) -> Set {
    let effects = Effects::of(instruction);
    let mut set = after.without(effects.writes).with(effects.reads);
    if can_fail(instruction.opcode) {
        set = set.with(at_failure);
    }
    if instruction.opcode == Opcode::Ret {
        set = set.with(at_halt);
    }
    set
}
