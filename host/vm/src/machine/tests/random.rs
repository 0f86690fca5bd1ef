//! Random programs: those that verify never panic, and run the same in every way.

use proptest::prelude::*;

use crate::container::{Landing, Program};
use crate::disasm::Disassembly;
use crate::host::Alone;
use crate::instruction::{Instruction, Operand, decode};
use crate::isa::{Access, Bank, Category, FP, FlagRule, Kind, Opcode, PayloadForm, SP};
use crate::machine::{Change, Machine, Setting, Stop};
use crate::payload::Payload;
use crate::verify::Verified;

/// The region that payloads are about: `stack`, `heap`, one that is made, one that is not.
fn region() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("stack"), Just("heap"), Just("a"), Just("")]
}

fn owner() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("system"), Just("bob"), Just("sum"), Just("")]
}

fn payload(form: PayloadForm) -> BoxedStrategy<Vec<u8>> {
    let numbers = (0_u32..80, 0_u32..80, 0_u32..80, 0_u8..18);
    let formed = (region(), owner(), numbers).prop_map(move |(name, owner, (x, y, size, register))| {
        let second = (y % 2 == 0).then_some(register / 2);
        let payload = match form {
            PayloadForm::Message => Payload::Message { message: register.min(15), second, name: owner },
            PayloadForm::Capability => Payload::Capability { id: x % 4, agent: owner },
            PayloadForm::Resource => Payload::Resource { id: x },
            PayloadForm::Region => Payload::Region { name },
            PayloadForm::RegionCreate => Payload::RegionCreate { name, size, owner },
            PayloadForm::RegionTransfer => Payload::RegionTransfer { name, owner },
            PayloadForm::MemoryCopy => Payload::MemoryCopy { name, source: x, destination: y, size },
            PayloadForm::MemorySet => Payload::MemorySet { name, address: x, value: register, size },
            PayloadForm::MemoryCompare => Payload::MemoryCompare { name, first: x, second: y, size },
        };
        payload.to_bytes().unwrap_or_default()
    });
    prop_oneof![8 => formed, 1 => prop::collection::vec(any::<u8>(), 0..9)].boxed()
}

/// The bytes of an instruction whose registers exist; jumps are short.
pub(super) fn instruction() -> impl Strategy<Value = Vec<u8>> {
    let opcode = prop::sample::select(Opcode::ALL);
    let loose = (any::<[u8; 3]>(), any::<i16>(), any::<i32>(), -12_i16..24);
    (opcode, loose).prop_flat_map(|(opcode, (bytes, half, word, jump))| {
        let form = opcode.spec().operands.iter().find_map(|kind| match kind {
            Kind::Payload(form) => Some(*form),
            _ => None,
        });
        form.map_or_else(|| Just(Vec::new()).boxed(), payload).prop_map(move |payload| {
            let operand = |(kind, byte): (&Kind, u8)| match kind {
                Kind::Register(Bank::R, _) => Operand::R(byte % 16),
                Kind::Register(Bank::F, _) => Operand::F(byte % 32),
                Kind::Register(Bank::V, _) => Operand::V(byte % 16),
                Kind::CompareF => Operand::CompareF(byte % 16),
                Kind::Unused => Operand::Unused(byte),
                Kind::Immediate => Operand::Immediate(half),
                Kind::Jump => Operand::Jump(jump),
                Kind::Condition => Operand::Condition(byte % 12),
                Kind::FlagTest => Operand::FlagTest(byte % 12),
                Kind::Tag => Operand::Tag(byte % 4),
                Kind::Count => Operand::Count(byte),
                Kind::Word => Operand::Word(word),
                Kind::Payload(_) => Operand::Payload(&payload),
            };
            let operands: Vec<Operand<'_>> = opcode.spec().operands.iter().zip(bytes).map(operand).collect();
            Instruction::new(opcode, &operands).expect("operands of the table").to_bytes()
        })
    })
}

/// Runs at full speed, step by step, and in two parts; all come to the same.
fn check(verified: &Verified, inputs: &[i64], budget: u64, part: u64) -> Result<(), TestCaseError> {
    let setting =
        Setting { limits: crate::Limits { memory_size: 256, ..crate::Limits::DEFAULT }, ..Setting::DEFAULT };
    let begin = || {
        let mut machine = Machine::with(verified, &setting);
        machine.give(inputs);
        machine.set_f(1, 1.5);
        machine.set_v(1, [7; 16]);
        machine
    };
    let mut machine = begin();
    let stop = machine.run(budget, &mut Alone);
    prop_assert!(machine.cycles() <= budget);
    prop_assert_eq!(stop == Stop::OutOfCycles, machine.ended().is_none());

    let mut stepped = begin();
    while stepped.cycles() < budget && stepped.step(&mut Alone).is_none() {
        if let Some(cells) = verified.stack_cells() {
            prop_assert!(stepped.r(SP) >= 256 - 4 * i64::from(cells));
        }
    }
    prop_assert_eq!(stepped.observe(), machine.observe());
    prop_assert_eq!(stepped.pc(), machine.pc());

    let part = part.min(budget);
    let mut parted = begin();
    parted.run(part, &mut Alone);
    prop_assert!(parted.cycles() <= part);
    parted.run(budget - part, &mut Alone);
    prop_assert_eq!(parted.observe(), machine.observe());
    Ok(())
}

fn small() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -4_i64..300, 1 => any::<i64>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn instructions_decode_to_what_was_encoded(bytes in instruction()) {
        let decoded = decode(&bytes, 0).expect("it was encoded");
        prop_assert_eq!(decoded.to_bytes(), bytes.clone());
        prop_assert_eq!(decoded.len(), bytes.len());
        prop_assert_eq!(decoded.wrong_register(), None);
    }

    #[test]
    fn verified_programs_run_the_same_in_every_way(
        instructions in prop::collection::vec(instruction(), 1..24),
        inputs in prop::collection::vec(small(), 11),
        budget in 0_u64..300,
        part in 0_u64..300,
        pads in prop::option::of(prop::collection::btree_set(0_u32..60, 0..4)),
    ) {
        // Jumps that end in the middle of an instruction are led to its beginning, so that most programs verify.
        let mut code: Vec<u8> = instructions.concat();
        code.push(Opcode::Halt.byte());
        settle_jumps(&mut code);
        let landing = pads.map_or(Landing::Anywhere, |pads| Landing::Listed(pads.into_iter().collect()));
        // Most of them verify: the test fails when too many have to be put aside.
        let verified = Verified::new(Program { landing, ..Program::raw(code) });
        prop_assume!(verified.is_ok());
        check(&verified.expect("it was looked at"), &inputs, budget, part)?;
    }

    #[test]
    fn an_instruction_changes_what_the_table_says(
        bytes in instruction(),
        inputs in prop::collection::vec(small(), 11),
    ) {
        let decoded = decode(&bytes, 0).expect("it was encoded");
        let spec = decoded.opcode.spec();
        // A target that is there: the jump itself, or the end that follows.
        let mut code = bytes.clone();
        code.push(Opcode::Halt.byte());
        settle_jumps(&mut code);
        let verified = Verified::new(Program::raw(code)).expect("it is in order");
        let mut machine = Machine::new(&verified);
        machine.give(&inputs);
        machine.set_v(3, [5; 16]);
        machine.set_f(5, -2.5);
        let before = machine.registers();
        let failed = matches!(machine.step(&mut Alone), Some(Stop::Failed(_)));
        let decoded = decode(&bytes, 0).expect("it was encoded");
        let operands = decoded.operands();
        let writes = |wanted: Operand<'_>| {
            let written = |(kind, operand): (&Kind, &Operand<'_>)| match kind {
                Kind::Register(_, access) => *access != Access::Read && *operand == wanted,
                Kind::CompareF => matches!((operand, wanted), (Operand::CompareF(a), Operand::R(b)) if *a == b),
                Kind::Payload(_) => matches!(wanted, Operand::R(_)),
                _ => false,
            };
            spec.operands.iter().zip(&operands).any(written)
        };
        let stack = matches!(spec.category, Category::Stack | Category::Control);
        for change in before.changes(&machine.registers()) {
            prop_assert!(!failed, "{:?} fails and changes {:?}", decoded, change);
            let allowed = match change {
                Change::R { number, .. } => writes(Operand::R(number)) || stack && (number == SP || number == FP),
                Change::F { number, .. } => writes(Operand::F(number)),
                Change::V { number, .. } => writes(Operand::V(number)),
                Change::Flags { .. } => spec.flags != FlagRule::Keep,
            };
            prop_assert!(allowed, "{:?} changes {:?}", decoded, change);
        }
    }

    #[test]
    fn bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        container in any::<bool>(),
        budget in 0_u64..200,
    ) {
        let mut bytes = bytes;
        if container {
            bytes.splice(..0, *b"FLUX\x01\0");
        }
        if let Ok(program) = Program::from_bytes(&bytes) {
            let listing = Disassembly::of(&program.code);
            let listed: usize = listing.lines.iter().map(|line| line.bytes.len()).sum();
            prop_assert_eq!(listed, program.code.len());
            if let Ok(verified) = Verified::new(program) {
                check(&verified, &[1, 2, 3], budget, budget / 2)?;
            }
        }
    }
}

fn settle_jumps(code: &mut [u8]) {
    let mut starts = Vec::new();
    let mut offset = 0;
    while let Ok(instruction) = decode(code, offset) {
        starts.push(offset);
        offset += instruction.len();
    }
    for &start in &starts {
        let Ok(instruction) = decode(code, start) else { continue };
        let Some(target) = instruction.target(start) else { continue };
        let wanted = usize::try_from(target).unwrap_or_default();
        let place = starts.iter().rev().find(|&&other| other <= wanted).copied().unwrap_or_default();
        let distance = (place as i64 - start as i64 - instruction.len() as i64) as i16;
        code[start + 2..start + 4].copy_from_slice(&distance.to_le_bytes());
    }
}
