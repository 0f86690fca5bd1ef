//! Random programs: most of them verify, most of them end, and they do what programs seldom do.

use std::collections::BTreeMap;

use flux_vm::Program;
use flux_vm::container::Landing;
use flux_vm::instruction::{Fields, Instruction, Operand, decode};
use flux_vm::isa::{Bank, Kind, Opcode, PayloadForm};
use flux_vm::payload::Payload;

/// A sequence of numbers that its seed decides.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// SplitMix64.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `n`.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// What a random program is to be like.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Instructions in straight rows.
    opcodes: &'static [&'static [Opcode]],
    /// The size of `stack` and `heap`.
    pub memory_size: u32,
    /// Whether any instruction may be landed on.
    anywhere: bool,
    /// Whether R10 counts down to the end of the program at each jump back.
    guarded: bool,
}

use Opcode::*;

const WHOLE: &[Opcode] = &[
    Iadd, Isub, Imul, Idiv, Imod, Irem, Ineg, Inc, Dec, Iand, Ior, Ixor, Inot, Ishl, Ishr, Rotl, Rotr, Icmp,
    Ieq, Ilt, Ile, Igt, Ige, Test, Setcc, Cmp, Mov, Merge, Cast, Movi, Movi, Movi, Instinct,
];
const MEMORY: &[Opcode] = &[
    Load, Store, Load8, Store8, Movi, Movi, Push, Pop, Push, Pop, Dup, Swap, Rot, Enter, Leave, Alloca, Mov,
];
const VECTORS: &[Opcode] = &[Vload, Vstore, Vadd, Vsub, Vmul, Vdiv, Vfma, Movi, Store8, Vload, Store];
const FLOATS: &[Opcode] = &[
    Fadd, Fsub, Fmul, Fdiv, Fneg, Fabs, Fmin, Fmax, Feq, Flt, Fle, Fgt, Fge, PhyJerlov, PhyAtten, PhyVisib,
    PhySoundv, PhySoundv, PhyVisib, PhyAbsorb, PhyScatter, PhyThermo, PhySeabed, PhyRefrac, PhyRefrac,
];
const REGIONS: &[Opcode] =
    &[RegionCreate, RegionCreate, RegionDestroy, RegionTransfer, Memcopy, Memset, Memcmp, Memset];
const REST: &[Opcode] = &[
    Box,
    Unbox,
    CheckType,
    CheckBounds,
    Conf,
    Restore,
    Evolve,
    Witness,
    Snapshot,
    Yield,
    ResourceAcquire,
    ResourceRelease,
    DebugBreak,
    Nop,
    CapRequire,
    CapRevoke,
    Box,
    Movi,
];
const AGENTS: &[Opcode] =
    &[Tell, Ask, Delegate, DelegateResult, Broadcast, Receive, Poll, Receive, Sense, Act, Movi];
const ALONE: &[Opcode] = &[
    Tell,
    Ask,
    Delegate,
    DelegateResult,
    Broadcast,
    Receive,
    Poll,
    Reduce,
    Barrier,
    SyncClock,
    TrustCheck,
    TrustQuery,
    TrustUpdate,
    RevokeTrust,
    CapRequest,
    CapGrant,
    ReportStatus,
    SetPriority,
    Sense,
    Act,
    EmergencyStop,
];

impl Style {
    /// A style for programs among others.
    pub(super) fn mixed(dice: &mut Dice) -> Self {
        const PLAIN: &[&[Opcode]] = &[WHOLE];
        const USUAL: &[&[Opcode]] = &[WHOLE, WHOLE, WHOLE, MEMORY, MEMORY, REST];
        const ALL: &[&[Opcode]] = &[WHOLE, WHOLE, MEMORY, VECTORS, FLOATS, REGIONS, REST, AGENTS];
        Self {
            opcodes: dice.pick(&[
                PLAIN,
                USUAL,
                USUAL,
                ALL,
                ALL,
                &[WHOLE, REGIONS],
                &[VECTORS, MEMORY],
                &[MEMORY, WHOLE],
                &[FLOATS, FLOATS, WHOLE],
            ]),
            memory_size: dice.pick(&[0, 3, 16, 64, 128, 128, 200, 200, 300, 500]),
            anywhere: dice.one_in(4),
            guarded: !dice.one_in(8),
        }
    }

    /// A style for programs that run alone.
    pub(super) fn alone(dice: &mut Dice) -> Self {
        Self { opcodes: &[WHOLE, ALONE, REST], ..Self::mixed(dice) }
    }
}

/// An item of a program before its offsets are known.
enum Item {
    Bytes(Vec<u8>),
    /// Opcode, register and label of a jump.
    Jump(Opcode, u8, usize),
    /// A register that is to hold the offset of a label.
    Address(u8, usize),
    Label(usize),
}

/// Makes doubles for some F registers: any, or of the sizes that physics has.
pub(super) fn doubles(dice: &mut Dice) -> BTreeMap<u8, f64> {
    let double = |dice: &mut Dice| match dice.below(4) {
        0 => f64::from_bits(dice.next()),
        1 => dice.below(6) as f64,
        2 => dice.below(1_000_000) as f64 / 1000.0,
        _ => dice.below(1000) as f64 / 100.0 - 5.0,
    };
    (0..dice.below(8)).map(|_| (register(dice) & 31, double(dice))).collect()
}

/// Makes a program of any instructions in any order, with data between them; many of them do not verify.
pub(super) fn jumble(dice: &mut Dice, style: Style) -> Program {
    let n_labels = 2 + dice.below(30) as usize;
    let mut items = Vec::new();
    let mut pads = Vec::new();
    for label in 0..n_labels {
        items.push(Item::Label(label));
        if dice.one_in(20) {
            pads.push(label);
        }
        let opcode = dice.pick(Opcode::ALL);
        let target = dice.below(n_labels as u64) as usize;
        if opcode.spec().operands.contains(&Kind::Jump) {
            items.push(Item::Jump(opcode, register(dice), target));
        } else {
            let item = instruction(dice, style, opcode);
            if opcode == CallInd {
                items.push(Item::Address(0, target));
                items.push(plain(CallInd, &[Operand::Unused(0), Operand::R(0)]));
            } else {
                prepare(dice, style, &item, &mut items);
                items.push(item);
            }
        }
        if dice.one_in(12) {
            // Data is jumped over.
            items.push(Item::Jump(Jmp, 0, target));
            items.push(Item::Bytes((0..dice.below(7)).map(|_| dice.next() as u8).collect()));
        }
    }
    items.push(plain(Halt, &[]));
    assemble(dice, style, &items, n_labels, &pads)
}

/// Makes a random program; it may be one that does not verify.
pub(super) fn program(dice: &mut Dice, style: Style) -> Program {
    let n_blocks = 1 + dice.below(9) as usize;
    let mut items = Vec::new();
    if style.guarded {
        items.push(plain(Movi, &[Operand::R(GUARD), Operand::Immediate(3 + dice.below(40) as i16)]));
    }
    // The label behind all blocks ends the program.
    let last = n_blocks;
    let mut pads = Vec::new();
    for label in 0..n_blocks {
        items.push(Item::Label(label));
        for _ in 0..dice.below(9) {
            let opcodes = dice.pick(style.opcodes);
            let opcode = dice.pick(opcodes);
            let item = instruction(dice, style, opcode);
            if !dice.one_in(8) {
                prepare(dice, style, &item, &mut items);
            }
            items.push(item);
        }
        end(dice, style, label, last, &mut items, &mut pads);
    }
    items.push(Item::Label(last));
    items.push(plain(if dice.one_in(4) { Ret } else { Halt }, &[]));
    assemble(dice, style, &items, n_blocks + 1, &pads)
}

const GUARD: u8 = 10;

fn plain(opcode: Opcode, operands: &[Operand<'_>]) -> Item {
    Item::Bytes(Instruction::new(opcode, operands).unwrap().to_bytes())
}

/// Ends a block: with nothing, or with some jump.
fn end(
    dice: &mut Dice,
    style: Style,
    here: usize,
    last: usize,
    items: &mut Vec<Item>,
    pads: &mut Vec<usize>,
) {
    let target = dice.below(last as u64 + 1) as usize;
    let opcode = dice.pick(&[
        Nop, Nop, Jmp, Jz, Jnz, Je, Jne, Jl, Jge, Jg, Jle, Jz, Jnz, Je, Jl, Call, Call, Tailcall, Ret,
        CallInd,
    ]);
    let register = register(dice);
    if style.guarded && target <= here && !matches!(opcode, Nop | Ret | Halt) {
        items.push(plain(Dec, &[Operand::R(GUARD)]));
        items.push(Item::Jump(Jz, GUARD, last));
    }
    match opcode {
        Nop => {}
        Ret | Halt => items.push(plain(opcode, &[])),
        CallInd => {
            items.push(Item::Address(register, target));
            if !dice.one_in(4) {
                pads.push(target);
            }
            items.push(plain(CallInd, &[Operand::Unused(0), Operand::R(register)]));
        }
        _ => {
            // A comparison before a conditional jump, most of the time.
            if !matches!(opcode, Jmp | Call | Tailcall | Jz | Jnz) && !dice.one_in(3) {
                let (a, b) = (self::register(dice), self::register(dice));
                items.push(plain(Cmp, &[Operand::R(a), Operand::R(b)]));
            }
            items.push(Item::Jump(opcode, register, target));
        }
    }
}

fn register(dice: &mut Dice) -> u8 {
    match dice.below(60) {
        0 => 11,
        1 => 14,
        2..=5 => dice.below(10) as u8,
        _ => dice.below(5) as u8,
    }
}

fn instruction(dice: &mut Dice, style: Style, opcode: Opcode) -> Item {
    let mut payload = Vec::new();
    let spec = opcode.spec();
    if let [Kind::Payload(form)] = *spec.operands {
        payload = self::payload(dice, style, form);
    }
    let operand = |kind: &Kind| match *kind {
        Kind::Register(Bank::R, _) => Operand::R(register(dice)),
        Kind::Register(Bank::F, _) => Operand::F(dice.below(4) as u8),
        Kind::Register(Bank::V, _) => Operand::V(dice.below(3) as u8),
        Kind::CompareF => Operand::CompareF(dice.below(4) as u8),
        Kind::Unused => Operand::Unused(0),
        Kind::Immediate => Operand::Immediate(immediate(dice, style)),
        Kind::Condition => Operand::Condition(dice.below(11) as u8),
        Kind::FlagTest => Operand::FlagTest(dice.below(11) as u8),
        Kind::Tag => Operand::Tag(dice.below(4) as u8),
        Kind::Count => Operand::Count(dice.pick(&[0, 1, 2, 4, 4, 1, 1, 200])),
        Kind::Word => Operand::Word(dice.next() as i32),
        Kind::Jump => Operand::Jump(0),
        Kind::Payload(_) => Operand::Payload(&payload),
    };
    let operands: Vec<Operand<'_>> = spec.operands.iter().map(operand).collect();
    plain(opcode, &operands)
}

/// Sees to it that the next instruction does not fail, as far as that is simple.
fn prepare(dice: &mut Dice, style: Style, item: &Item, items: &mut Vec<Item>) {
    let Item::Bytes(bytes) = item else { return };
    let Ok(instruction) = decode(bytes, 0) else { return };
    let mut set = |register: u8, value: i16| {
        items.push(plain(Movi, &[Operand::R(register & 15), Operand::Immediate(value)]));
    };
    match (instruction.opcode, instruction.fields) {
        (Load | Load8 | Vload | Vstore | Store8, Fields::C(_, address)) => {
            let room = u64::from(style.memory_size.saturating_sub(16));
            set(address, dice.below(room) as i16);
        }
        (Store, Fields::C(value, address)) => {
            let room = u64::from(style.memory_size.saturating_sub(16));
            if dice.one_in(2) {
                set(value, dice.next() as i16);
            }
            set(address, dice.below(room) as i16);
        }
        (Idiv | Imod | Irem, Fields::E(_, _, divisor)) => {
            set(divisor, dice.pick(&[-1, 1, 2, 3, 7, -10, 100, -1]));
        }
        (Alloca, Fields::C(_, cells)) => set(cells, dice.below(3) as i16),
        (CheckBounds, Fields::C(index, bound)) => {
            set(index, 3);
            set(bound, 5);
        }
        (Unbox | CheckType, Fields::C(a, b)) if dice.one_in(4) => {
            set(if instruction.opcode == Unbox { b } else { a }, 0);
        }
        (Sense, Fields::C(_, channel)) | (Act, Fields::C(channel, _)) => set(channel, dice.below(3) as i16),
        (Unbox, Fields::C(_, register)) | (CheckType, Fields::C(register, _)) => {
            let tag = if let (CheckType, Fields::C(_, tag)) = (instruction.opcode, instruction.fields) {
                tag
            } else {
                1
            };
            items.push(plain(Box, &[Operand::R(register), Operand::Tag(tag), Operand::Word(-5)]));
        }
        (Vdiv, Fields::C(_, b)) => {
            set(4, dice.pick(&[1, 2, 3, 200]));
            set(3, 0);
            for lane in 0..16 {
                items.push(plain(Store8, &[Operand::R(4), Operand::R(3)]));
                if lane % 5 == 0 {
                    items.push(plain(Inc, &[Operand::R(4)]));
                }
                items.push(plain(Inc, &[Operand::R(3)]));
            }
            items.push(plain(Movi, &[Operand::R(3), Operand::Immediate(0)]));
            items.push(plain(Vload, &[Operand::V(b), Operand::R(3)]));
        }
        (Push, Fields::B(register)) => set(register, dice.next() as i16),
        (Pop | Dup | Swap | Rot, _) => {
            set(3, dice.next() as i16);
            for _ in 0..3 {
                items.push(plain(Push, &[Operand::R(3)]));
            }
        }
        (Leave, _) => items.push(plain(Enter, &[Operand::Count(1)])),
        (Memcopy | Memset | Memcmp | RegionTransfer | RegionDestroy, Fields::G(payload))
            if dice.one_in(2) =>
        {
            // What is missing is made first; what is there already makes that fail.
            let name: &[u8] = if payload.starts_with(b"\x01a") || payload == b"a" { b"a" } else { b"b" };
            let name = std::str::from_utf8(name).unwrap();
            if payload.contains(&name.as_bytes()[0]) {
                let payload = Payload::RegionCreate { name, size: 40, owner: "system" }.to_bytes().unwrap();
                items.push(plain(RegionCreate, &[Operand::Payload(&payload)]));
            }
        }
        (Cast, Fields::E(_, from, 0)) => set(from, dice.next() as i16),
        (Vadd | Vmul | Vfma, _) if dice.one_in(2) => {
            // Small lanes, from a number that is.
            set(4, dice.pick(&[0, 1, 2, 3]));
            set(3, 0);
            items.push(plain(Store8, &[Operand::R(4), Operand::R(3)]));
            items.push(plain(Vload, &[Operand::V(1), Operand::R(3)]));
        }
        (Fdiv, Fields::E(_, _, c)) => {
            items.push(plain(PhySoundv, &[Operand::F(c), Operand::F(0), Operand::F(1)]));
        }
        _ => {}
    }
}

fn immediate(dice: &mut Dice, style: Style) -> i16 {
    match dice.below(10) {
        0 => dice.next() as i16,
        1 => dice.pick(&[i16::MIN, i16::MAX, -1, 0, 1, 63, 64]),
        2..=6 => dice.below(u64::from(style.memory_size) + 4) as i16,
        _ => dice.below(12) as i16 - 4,
    }
}

fn payload(dice: &mut Dice, style: Style, form: PayloadForm) -> Vec<u8> {
    if dice.one_in(16) {
        return (0..dice.below(6)).map(|_| dice.next() as u8).collect();
    }
    let name = dice.pick(&["stack", "heap", "heap", "a", "b", "b"]);
    let owner = dice.pick(&["system", "system", "system", "me", "you"]);
    let memory_size = style.memory_size;
    let address = |dice: &mut Dice| match dice.below(12) {
        0 => dice.next() as u32,
        _ => dice.below(u64::from(memory_size) / 2 + 1) as u32,
    };
    let len = |dice: &mut Dice| if dice.one_in(20) { dice.next() as u32 } else { dice.below(20) as u32 };
    let payload = match form {
        PayloadForm::Message => Payload::Message {
            message: register(dice),
            second: if dice.one_in(2) { Some(register(dice)) } else { None },
            name: dice.pick(&["0", "1", "2", "friend", "sum", "count", "xor"]),
        },
        PayloadForm::Capability => {
            Payload::Capability { id: dice.below(5) as u32, agent: dice.pick(&["", "", "1", "friend"]) }
        }
        PayloadForm::Resource => Payload::Resource { id: dice.below(4) as u32 },
        PayloadForm::Region => Payload::Region { name },
        PayloadForm::RegionCreate => {
            let size = dice.pick(&[0, 5, 16, 40, 40, 40, 150, 3000, u32::MAX]);
            Payload::RegionCreate { name, size, owner }
        }
        PayloadForm::RegionTransfer => Payload::RegionTransfer { name, owner },
        PayloadForm::MemoryCopy => {
            Payload::MemoryCopy { name, source: address(dice), destination: address(dice), size: len(dice) }
        }
        PayloadForm::MemorySet => {
            Payload::MemorySet { name, address: address(dice), value: dice.next() as u8, size: len(dice) }
        }
        PayloadForm::MemoryCompare => {
            Payload::MemoryCompare { name, first: address(dice), second: address(dice), size: len(dice) }
        }
    };
    payload.to_bytes().unwrap()
}

fn assemble(dice: &mut Dice, style: Style, items: &[Item], n_labels: usize, pads: &[usize]) -> Program {
    let mut labels = vec![0_usize; n_labels];
    let mut at = 0;
    for item in items {
        match item {
            Item::Bytes(bytes) => at += bytes.len(),
            Item::Jump(..) | Item::Address(..) => at += 4,
            Item::Label(label) => labels[*label] = at,
        }
    }
    let mut code = Vec::new();
    for item in items {
        match item {
            Item::Bytes(bytes) => code.extend(bytes),
            Item::Jump(opcode, register, label) => {
                let distance = labels[*label] as i64 - (code.len() as i64 + 4);
                let first = match opcode.spec().operands[0] {
                    Kind::Unused => Operand::Unused(0),
                    _ => Operand::R(*register),
                };
                Instruction::new(*opcode, &[first, Operand::Jump(distance as i16)])
                    .unwrap()
                    .encode(&mut code);
            }
            Item::Address(register, label) => {
                let operands = [Operand::R(*register), Operand::Immediate(labels[*label] as i16)];
                Instruction::new(Movi, &operands).unwrap().encode(&mut code);
            }
            Item::Label(_) => {}
        }
    }
    let mut listed: Vec<u32> = pads.iter().map(|pad| labels[*pad] as u32).collect();
    listed.sort_unstable();
    listed.dedup();
    let landing = if style.anywhere { Landing::Anywhere } else { Landing::Listed(listed) };
    Program {
        landing,
        inputs: dice.below(5) as u8,
        outputs: 1 + dice.below(6) as u8,
        // Execution may begin in the middle.
        entry: if dice.one_in(6) { labels[dice.below(n_labels as u64) as usize] as u32 } else { 0 },
        ..Program::raw(code)
    }
}
