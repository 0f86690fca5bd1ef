//! Instructions of FLUX as instructions of WebAssembly.
//!
//! Registers are locals. Flags are not computed: they follow from two numbers (see [`Pair`]), and what asks for them
//! compares these. An error is a trap, or leads to the end of the program where its state is looked at.

use flux_genome::gene::GeneKind;
use flux_vm::error::ErrorClass;
use flux_vm::instruction::Instruction as Flux;
use flux_vm::isa::{Bank, Flow, Kind, Opcode, SP};
use flux_vm::payload::Payload;
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::{BlockType, ValType};

use super::blocks::Blocks;
use super::code::{Code, Local};
use super::effects::{Liveness, Set};
use super::graph::Shape;
use super::layout::Layout;
use super::module::Callees;
use super::structure::DONE;
use super::{Observe, Options, Start};

mod agents;
mod flags;
mod float;
mod integer;
mod nodes;
mod parts;
mod physics;
mod region;
mod stack;
mod state;
mod vector;

pub(super) use state::N_WORDS;

use flags::Pair;

/// What is known of the R registers at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// What a register holds, if that is known.
    values: [Option<i64>; 16],
    /// Which registers hold a number that fits into 32 bits with sign.
    words: u16,
    flags: Pair,
}

impl Known {
    const NOTHING: Self = Self { values: [None; 16], words: 0, flags: Pair::Saved };
}

/// A function that compiled code calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    /// Divides the lanes of two vectors.
    DivideLanes,
    /// Compares bytes at two addresses.
    Compare,
    /// Adds bytes to a digest.
    Digest,
    /// Sees to it that the memory has enough pages.
    Reserve,
}

/// What the functions of a program have in common.
#[derive(Default)]
pub(super) struct Shared {
    /// Functions called, in the order of their numbers.
    pub helpers: Vec<Helper>,
    /// Who owns regions beside the program, in the order of their states.
    owners: Vec<String>,
    /// Locals that are kept in globals between functions, in the order of these.
    pub globals: Vec<Local>,
}

/// Writes the nodes of a program.
pub(super) struct Emitter<'a> {
    pub code: Code,
    pub options: &'a Options,
    pub layout: &'a Layout,
    /// What other functions of the program use too.
    pub shared: Shared,
    /// Text that is read at run time, and where it begins.
    pub text: Vec<u8>,
    /// Which other functions there are.
    pub callees: &'a Callees,
    blocks: &'a Blocks<'a>,
    shape: &'a Shape,
    live: &'a Liveness,
    n_outputs: u8,
    code_len: usize,
    counts: bool,
    /// What registers are used for that hold the same constant everywhere.
    constants: [Option<GeneKind>; 16],
    /// Whether bytes that are touched in bulk are counted.
    counts_bulk: bool,
    entry_known: Vec<Option<Known>>,
    known: Known,
    /// Whether the flags are looked at after the instruction in hand.
    flags_live: bool,
    /// Where the instruction in hand stands.
    offset: u32,
    /// How many instructions of the block were counted and are not executed when this one fails.
    ahead: u64,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(
        blocks: &'a Blocks<'a>,
        shape: &'a Shape,
        live: &'a Liveness,
        layout: &'a Layout,
        callees: &'a Callees,
        options: &'a Options,
        program: &flux_vm::Program,
    ) -> Self {
        Self {
            code: Code::with_inputs(program.inputs),
            options,
            layout,
            shared: Shared::default(),
            text: Vec::new(),
            callees,
            blocks,
            shape,
            live,
            n_outputs: program.outputs,
            code_len: program.code.len(),
            counts: counts(blocks, options),
            constants: nodes::constants(&blocks.instructions),
            counts_bulk: bulk_bytes(blocks, shape) > options.setting.limits.bulk_bytes,
            entry_known: vec![None; blocks.blocks.len()],
            known: Known::NOTHING,
            flags_live: false,
            offset: 0,
            ahead: 0,
        }
    }

    /// What the end of the program looks at.
    pub(super) fn at_halt(options: &Options, n_outputs: u8) -> Set {
        match options.observe {
            Observe::Results => Set::first(n_outputs),
            Observe::State => Set::ALL,
        }
    }

    /// What an error looks at.
    pub(super) fn at_failure(options: &Options) -> Set {
        match options.observe {
            Observe::Results => Set::NONE,
            Observe::State => Set::ALL,
        }
    }

    fn observes_state(&self) -> bool {
        self.options.observe == Observe::State
    }

    fn counts(&self) -> bool {
        self.counts
    }

    // Registers.

    fn r(&mut self, register: u8) -> &mut Code {
        self.code.get(Local::Register(Bank::R, register))
    }

    /// Puts the number at hand into a register; the flags stay what they are.
    fn set_r(&mut self, register: u8) {
        self.touch(register);
        self.code.set(Local::Register(Bank::R, register));
    }

    /// Forgets what is known of a register, which is about to be written.
    fn touch(&mut self, register: u8) {
        if self.known.flags.reads(register) {
            if self.flags_live {
                self.save_flags();
            }
            self.known.flags = Pair::Saved;
        }
        self.known.values[usize::from(register & 15)] = None;
        self.known.words &= !(1 << register);
    }

    /// Puts the number at hand, which fits into 32 bits, into a register.
    fn set_word(&mut self, register: u8) {
        self.set_r(register);
        self.known.words |= 1 << register;
    }

    /// Puts the number at hand into a register; the flags follow from it.
    fn set_result(&mut self, register: u8) {
        // What the flags were is of no interest any more.
        self.known.flags = Pair::Saved;
        self.set_r(register);
        self.known.flags = Pair::Result(register);
    }

    fn value(&self, register: u8) -> Option<i64> {
        self.known.values[usize::from(register & 15)]
    }

    fn is_word(&self, register: u8) -> bool {
        self.known.words & (1 << register) != 0
    }

    /// Notes that a register was found to hold a number that fits into 32 bits.
    fn learn_word(&mut self, register: u8) {
        self.known.words |= 1 << register;
    }

    // Errors.

    /// Fails if what is at hand is not zero.
    fn fail_if(&mut self, class: ErrorClass) {
        self.code.open_if();
        self.fail(class);
        self.code.end();
    }

    /// Ends the program with an error of the instruction in hand.
    fn fail(&mut self, class: ErrorClass) {
        if !self.observes_state() {
            self.code.push(Wasm::Unreachable);
            return;
        }
        self.save_flags();
        self.code.i32(1).set(Local::Ending).i32(class as i32).set(Local::Class);
        let offset = self.offset as i32;
        self.code.i32(offset).set(Local::Place);
        self.take_back(self.ahead);
        self.code.leave_to(DONE);
    }

    /// Takes back what was counted and is not executed.
    fn take_back(&mut self, n: u64) {
        if self.counts() && n > 0 {
            self.code.get(Local::Count).i64(n as i64).push(Wasm::I64Sub).set(Local::Count);
        }
    }

    // Blocks.

    fn instruction(&mut self, instruction: &Flux<'_>) {
        let spec = instruction.opcode.spec();
        match spec.flow {
            Flow::Next => {}
            Flow::Call => return self.call(instruction.len()),
            Flow::IndirectCall => return self.call_indirect(instruction),
            Flow::Return => return self.ret(),
            Flow::Jump | Flow::Branch | Flow::Halt => return,
        }
        use flux_vm::isa::Category::*;
        match (spec.category, instruction.opcode) {
            (_, Opcode::Feq | Opcode::Flt | Opcode::Fle | Opcode::Fgt | Opcode::Fge)
            | (Float | Physics, _) => {
                self.float(instruction);
            }
            (Simd, _) => self.vector(instruction),
            (Stack | Memory, _) => self.memory(instruction),
            (MemoryMgmt, _) => self.region(instruction),
            (A2a | Sensing, _) => self.agents(instruction),
            (_, Opcode::ResourceAcquire | Opcode::ResourceRelease) => self.resource(instruction),
            _ => self.integer(instruction),
        }
    }

    /// Writes the end of the program: its results, or all that can be observed.
    pub(super) fn epilogue(&mut self) {
        if self.observes_state() {
            self.state();
        } else {
            for register in 0..self.n_outputs {
                self.read_or_zero(Local::Register(Bank::R, register));
            }
            if self.options.count_flux {
                self.code.get(Local::Count);
            }
        }
        self.code.end();
    }

    /// A local, or zero for one that nothing writes.
    fn read_or_zero(&mut self, local: Local) {
        if self.code.uses(local) {
            self.code.get(local);
        } else {
            self.code.push(match local {
                Local::Register(Bank::R, SP) => Wasm::I64Const(self.layout.stack_size.into()),
                Local::Register(Bank::R, _) => Wasm::I64Const(0),
                _ => Wasm::I32Const(0),
            });
        }
    }

    /// Writes what comes before everything else.
    pub(super) fn prologue(&mut self, start: &Start) {
        let at_entry = self.live.at_entry[0];
        if at_entry.meets(Set::of(SP)) {
            let size = i64::from(self.layout.stack_size);
            self.code.i64(size).set(Local::Register(Bank::R, SP));
        }
        for (register, value) in &start.r {
            self.code.i64(*value).set(Local::Register(Bank::R, register & 15));
        }
        for (register, value) in &start.f {
            self.code.push(Wasm::F64Const((*value).into())).set(Local::Register(Bank::F, register & 31));
        }
        if at_entry.meets(Set::FLAGS) {
            // No flag is set.
            self.code.i64(1).set(Local::FlagA);
        }
        self.prepare_capabilities();
        self.prepare_regions();
    }

    fn helper(&mut self, helper: Helper) {
        let helpers = &mut self.shared.helpers;
        let known = helpers.iter().position(|other| *other == helper);
        let index = known.unwrap_or_else(|| {
            helpers.push(helper);
            helpers.len() - 1
        });
        self.code.push(Wasm::Call(self.callees.first_helper() + index as u32));
    }
}

/// Whether executed instructions are counted.
fn counts(blocks: &Blocks<'_>, options: &Options) -> bool {
    // Who is alone reads the clock from the count.
    let reads_clock = || {
        options.surroundings == super::Surroundings::Alone
            && blocks.instructions.iter().any(|(_, instruction)| instruction.opcode == Opcode::SyncClock)
    };
    options.count_flux || options.observe == Observe::State || reads_clock()
}

/// How many bytes can be touched in bulk; all that there are numbers for, if that happens in a loop.
fn bulk_bytes(blocks: &Blocks<'_>, shape: &Shape) -> u64 {
    let mut bytes = 0_u64;
    for (block, heads) in blocks.blocks.iter().zip(&shape.heads) {
        for (_, instruction) in
            blocks.instructions.get(block.first..block.first + block.len).unwrap_or_default()
        {
            let [Kind::Payload(form)] = *instruction.opcode.spec().operands else { continue };
            if let Ok(
                Payload::MemoryCopy { size, .. }
                | Payload::MemorySet { size, .. }
                | Payload::MemoryCompare { size, .. },
            ) = Payload::parse(form, instruction.payload())
            {
                bytes = if heads.is_empty() { bytes.saturating_add(size.into()) } else { u64::MAX };
            }
        }
    }
    bytes
}

/// A block type with one result.
const fn gives(ty: ValType) -> BlockType {
    BlockType::Result(ty)
}
