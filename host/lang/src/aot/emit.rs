//! Instructions of FLUX as instructions of WebAssembly.
//!
//! Registers are locals. Flags are not computed: they follow from two numbers (see [`Pair`]), and what asks for them
//! compares these. An error is a trap, or leads to the end of the program where its state is looked at.

use flux_genome::gene::GeneKind;
use flux_vm::error::ErrorClass;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Bank, FlagTest, Flow, Opcode, SP};
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::{BlockType, ValType};

use super::blocks::{Block, Blocks, End, Failure};
use super::code::{Code, Local, Type};
use super::effects::{Liveness, Set, before};
use super::graph::{Node, Shape};
use super::layout::Layout;
use super::structure::{DONE, Ending, Nodes, Sense};
use super::{Observe, Options, Start};

mod agents;
mod float;
mod integer;
mod region;
mod stack;
mod state;
mod vector;

pub(super) use state::N_WORDS;

/// What the flags follow from: two numbers a and b, which are those of a comparison, or a result and 0. Z is a = b, S
/// and C are a < b, and V says whether a - b overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pair {
    /// In [`Local::FlagA`] and [`Local::FlagB`].
    Saved,
    /// A result that is still in its register.
    Result(u8),
    /// Two registers that still hold what was compared.
    Compared(u8, u8),
}

impl Pair {
    fn reads(self, register: u8) -> bool {
        match self {
            Self::Saved => false,
            Self::Result(a) => a == register,
            Self::Compared(a, b) => a == register || b == register,
        }
    }
}

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
}

/// Writes the nodes of a program.
pub(super) struct Emitter<'a> {
    pub code: Code,
    pub options: &'a Options,
    pub layout: &'a Layout,
    /// Functions called, in the order of their numbers.
    pub helpers: Vec<Helper>,
    /// Text that is read at run time, and where it begins.
    pub text: Vec<u8>,
    /// Who owns regions beside the program, in the order of their states.
    owners: Vec<String>,
    /// The number of the first helper.
    pub first_helper: u32,
    /// Imported functions, in the order of their numbers.
    pub imports: &'a [super::imports::Import],
    blocks: &'a Blocks<'a>,
    shape: &'a Shape,
    live: &'a Liveness,
    n_outputs: u8,
    code_len: usize,
    counts: bool,
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
        imports: &'a [super::imports::Import],
        options: &'a Options,
        program: &flux_vm::Program,
    ) -> Self {
        Self {
            code: Code::with_inputs(program.inputs),
            options,
            layout,
            helpers: Vec::new(),
            text: Vec::new(),
            owners: Vec::new(),
            first_helper: imports.len() as u32 + 1,
            imports,
            blocks,
            shape,
            live,
            n_outputs: program.outputs,
            code_len: program.code.len(),
            counts: counts(blocks, options),
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

    // Flags.

    fn push_pair(&mut self) -> bool {
        match self.known.flags {
            Pair::Saved => {
                self.code.get(Local::FlagA).get(Local::FlagB);
                false
            }
            Pair::Result(register) => {
                self.r(register);
                true
            }
            Pair::Compared(a, b) => {
                self.r(a);
                self.r(b);
                false
            }
        }
    }

    /// Puts the two numbers into their locals.
    fn save_flags(&mut self) {
        if self.known.flags == Pair::Saved {
            return;
        }
        if self.push_pair() {
            self.code.i64(0);
        }
        self.code.set(Local::FlagB).set(Local::FlagA);
    }

    /// Leaves at hand whether a test of the flags holds.
    fn test_flags(&mut self, test: FlagTest) {
        if matches!(test, FlagTest::V | FlagTest::Nv) {
            return self.test_overflow(test);
        }
        let against_zero = self.push_pair();
        let instruction = match test {
            FlagTest::Z if against_zero => Wasm::I64Eqz,
            FlagTest::Z => Wasm::I64Eq,
            FlagTest::Nz => Wasm::I64Ne,
            FlagTest::S | FlagTest::C => Wasm::I64LtS,
            FlagTest::Ns | FlagTest::Nc => Wasm::I64GeS,
            FlagTest::G => Wasm::I64GtS,
            _ => Wasm::I64LeS,
        };
        if against_zero && test != FlagTest::Z {
            self.code.i64(0);
        }
        self.code.push(instruction);
    }

    /// The difference of two numbers overflows if they differ in sign and the difference has not that of the first.
    fn test_overflow(&mut self, test: FlagTest) {
        let (a, b) = (Local::Scratch(Type::I64, 0), Local::Scratch(Type::I64, 1));
        if self.push_pair() {
            self.code.i64(0);
        }
        self.code.set(b).set(a).get(a).get(b).push(Wasm::I64Xor);
        self.code.get(a).get(a).get(b).all([Wasm::I64Sub, Wasm::I64Xor, Wasm::I64And]).i64(0);
        self.code.push(if test == FlagTest::V { Wasm::I64LtS } else { Wasm::I64GeS });
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
        let known = self.helpers.iter().position(|other| *other == helper);
        let index = known.unwrap_or_else(|| {
            self.helpers.push(helper);
            self.helpers.len() - 1
        });
        self.code.push(Wasm::Call(self.first_helper + index as u32));
    }

    /// Whether what is known at the end of a node is known at the beginning of the next: there is no other way to it.
    fn hands_on(&self, from: Node, to: Node) -> bool {
        !self.shape.is_merge[to] && !self.shape.is_loop[to] && !self.shape.is_back(from, to)
    }
}

impl Nodes for Emitter<'_> {
    fn code(&mut self) -> &mut Code {
        &mut self.code
    }

    fn ending(&self, node: Node) -> Ending {
        self.blocks.blocks[node].ending()
    }

    fn body(&mut self, node: Node) {
        let blocks = self.blocks;
        let Block { first, len, ref end } = blocks.blocks[node];
        let instructions = blocks.instructions.get(first..first + len).unwrap_or_default();
        self.known = self.entry_known[node].take().unwrap_or(Known::NOTHING);
        if self.counts() && len > 0 {
            self.code.get(Local::Count).i64(len as i64).push(Wasm::I64Add).set(Local::Count);
        }
        let (at_halt, at_failure) =
            (Self::at_halt(self.options, self.n_outputs), Self::at_failure(self.options));
        // What is looked at after each instruction, from the last one.
        let mut live = self.live.after(blocks, node, at_halt, at_failure);
        let mut flags_live = vec![false; len];
        for (at, (_, instruction)) in instructions.iter().enumerate().rev() {
            flags_live[at] = live.meets(Set::FLAGS);
            live = before(instruction, live, at_halt, at_failure);
        }
        for (at, (offset, instruction)) in instructions.iter().enumerate() {
            self.offset = *offset;
            self.ahead = (len - at) as u64;
            self.flags_live = flags_live[at];
            self.mark_constant(&instructions[at..]);
            self.instruction(instruction);
        }
        match *end {
            End::Fail(failure) => self.fail_at_end(failure),
            End::Labelled(label, number) => {
                self.code.i32(number).set(label);
            }
            End::Halt if self.observes_state() => self.save_flags(),
            _ => {}
        }
        let successors = blocks.graph.successors[node].as_slice();
        let needs_flags =
            |&next: &Node| self.live.at_entry[next].meets(Set::FLAGS) && !self.hands_on(node, next);
        if successors.iter().any(needs_flags) {
            // The registers still hold the numbers, which is what the end of the block looks at.
            self.save_flags();
        }
        for &next in successors {
            if self.hands_on(node, next) {
                self.entry_known[next] = Some(self.known);
            }
        }
    }

    fn condition(&mut self, node: Node, sense: Sense) {
        let block = &self.blocks.blocks[node];
        let holds = sense == Sense::Holds;
        match block.end {
            End::TargetIs(offset) => {
                self.code.get(Local::Target).i32(offset as i32);
                self.code.push(if holds { Wasm::I32Eq } else { Wasm::I32Ne });
            }
            End::TargetBelow(offset) => {
                self.code.get(Local::Target).i32(offset as i32);
                self.code.push(if holds { Wasm::I32LtU } else { Wasm::I32GeU });
            }
            _ => {
                let last = (block.first + block.len).saturating_sub(1);
                if let Some((_, instruction)) = self.blocks.instructions.get(last) {
                    let instruction = *instruction;
                    self.branch(&instruction, holds);
                }
            }
        }
    }

    fn selector(&mut self, node: Node) {
        if let End::Switch(local, low) = self.blocks.blocks[node].end {
            self.code.get(local);
            if low > 0 {
                self.code.i32(low as i32).push(Wasm::I32Sub);
            }
        }
    }
}

impl Emitter<'_> {
    fn branch(&mut self, instruction: &Flux<'_>, holds: bool) {
        let pick = |yes, no| if holds { yes } else { no };
        let Fields::D(register, _) = instruction.fields else { return };
        match instruction.opcode {
            Opcode::Jz | Opcode::Jnz => {
                let is_zero = (instruction.opcode == Opcode::Jz) == holds;
                self.r(register);
                if is_zero {
                    self.code.push(Wasm::I64Eqz);
                } else {
                    self.code.i64(0).push(Wasm::I64Ne);
                }
            }
            Opcode::Je => self.test_flags(pick(FlagTest::Z, FlagTest::Nz)),
            Opcode::Jne => self.test_flags(pick(FlagTest::Nz, FlagTest::Z)),
            Opcode::Jl => self.test_flags(pick(FlagTest::S, FlagTest::Ns)),
            Opcode::Jge => self.test_flags(pick(FlagTest::Ns, FlagTest::S)),
            Opcode::Jg => self.test_flags(pick(FlagTest::G, FlagTest::Le)),
            _ => self.test_flags(pick(FlagTest::Le, FlagTest::G)),
        }
    }

    fn fail_at_end(&mut self, failure: Failure) {
        if !self.observes_state() {
            self.code.push(Wasm::Unreachable);
            return;
        }
        self.save_flags();
        self.code.i32(1).set(Local::Ending).i32(Failure::CLASS as i32).set(Local::Class);
        match failure {
            Failure::EndOfCode => {
                let len = self.code_len as i32;
                self.code.i32(len).set(Local::Place);
            }
            // The instruction that went there has said where it stands; it was counted.
            // Only returns come here: calls have looked at their targets before. What was popped stays.
            Failure::BadTarget => {
                self.r(SP).i64(4).push(Wasm::I64Sub).set(Local::Register(Bank::R, SP));
                self.take_back(1);
            }
        }
        self.code.leave_to(DONE);
    }

    /// Says what a constant of the next instruction is used for, as far as the block shows it.
    fn mark_constant(&mut self, rest: &[(u32, Flux<'_>)]) {
        let Some((offset, instruction)) = rest.first() else { return };
        let (Opcode::Movi | Opcode::Instinct, Fields::D(register, _)) =
            (instruction.opcode, instruction.fields)
        else {
            return;
        };
        let kind = use_of(register, &rest[1..]);
        let at = self.code.len() as u32;
        self.code.marks.push(super::code::Mark { at, offset: *offset, register, kind });
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

/// What a register is used for first.
fn use_of(register: u8, rest: &[(u32, Flux<'_>)]) -> GeneKind {
    for (_, instruction) in rest {
        let effects = super::effects::Effects::of(instruction);
        if effects.reads.meets(Set::of(register)) {
            return match instruction.opcode {
                Opcode::Cmp
                | Opcode::Icmp
                | Opcode::Ieq
                | Opcode::Ilt
                | Opcode::Ile
                | Opcode::Igt
                | Opcode::Ige
                | Opcode::CheckBounds => GeneKind::Threshold,
                Opcode::Imul
                | Opcode::Idiv
                | Opcode::Imod
                | Opcode::Irem
                | Opcode::Ishl
                | Opcode::Ishr
                | Opcode::Rotl
                | Opcode::Rotr => GeneKind::Decay,
                _ => GeneKind::Constant,
            };
        }
        if effects.writes.meets(Set::of(register)) {
            break;
        }
    }
    GeneKind::Constant
}

/// A block type with one result.
const fn gives(ty: ValType) -> BlockType {
    BlockType::Result(ty)
}
