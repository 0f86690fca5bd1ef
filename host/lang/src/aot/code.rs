//! The body of a function while it is written: instructions, locals, and which of them are genes.

use std::collections::BTreeMap;

use flux_genome::gene::GeneKind;
use flux_vm::isa::Bank;
use wasm_encoder::{BlockType, Function, Instruction, ValType};

/// A local variable of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Local {
    /// A register.
    Register(Bank, u8),
    /// The first of the two numbers that the flags follow from.
    FlagA,
    /// The second one.
    FlagB,
    /// The address that a return or a call goes to.
    Target,
    /// Which entry of a loop comes next.
    Label(usize),
    /// How the program ended.
    Ending,
    /// The class of the error.
    Class,
    /// Where the error was.
    Place,
    /// Instructions of FLUX that were executed.
    Count,
    /// How many boxes there are.
    Boxes,
    /// How many entries the witness log has.
    Witnesses,
    /// How many generations there were.
    Generations,
    /// What is known of a region: 0 absent, 1 the program's, 2 somebody else's.
    RegionState(usize),
    /// The size of a region that has not always the same one.
    RegionSize(usize),
    /// How many regions there are.
    Regions,
    /// The size of all regions together.
    RegionBytes,
    /// How many bytes were touched in bulk.
    BulkBytes,
    /// Whether a capability is held.
    Capability(u32),
    /// Whether a question is in hand.
    HasQuestion,
    /// The question in hand.
    Question,
    /// The number of the entry that comes next, where a program is several functions; 0 is its end.
    Next,
    /// The number of the entry that a function was called for.
    Entry,
    /// For what lives no longer than an instruction.
    Scratch(Type, u8),
}

/// The type of a local variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    I32,
    I64,
    F64,
    V128,
}

impl Local {
    /// Says whether it is the same variable in all functions of a program.
    pub(super) fn is_shared(self) -> bool {
        !matches!(self, Self::Label(_) | Self::Next | Self::Entry | Self::Scratch(..))
    }

    /// Returns the type, as WebAssembly has it.
    pub(super) fn encoded(self) -> ValType {
        self.ty().encoded()
    }

    fn ty(self) -> Type {
        match self {
            Self::Register(Bank::R, _) | Self::FlagA | Self::FlagB => Type::I64,
            Self::Register(Bank::F, _) => Type::F64,
            Self::Register(Bank::V, _) => Type::V128,
            Self::Count | Self::Witnesses | Self::Generations => Type::I64,
            Self::Question | Self::RegionBytes | Self::BulkBytes => Type::I64,
            Self::Scratch(ty, _) => ty,
            _ => Type::I32,
        }
    }
}

impl Type {
    fn encoded(self) -> ValType {
        match self {
            Self::I32 => ValType::I32,
            Self::I64 => ValType::I64,
            Self::F64 => ValType::F64,
            Self::V128 => ValType::V128,
        }
    }
}

/// A constant of the function that evolution may turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which instruction, from 0.
    pub at: u32,
    /// Where in the bytecode it comes from.
    pub offset: u32,
    /// The register that it was meant for.
    pub register: u8,
    /// What it is used for.
    pub kind: GeneKind,
}

/// A body that is being written.
#[derive(Default)]
pub(super) struct Code {
    instructions: Vec<Instruction<'static>>,
    /// The locals in use; the first ones are the function's parameters.
    locals: BTreeMap<Local, u32>,
    declared: Vec<ValType>,
    n_params: u32,
    depth: u32,
    /// The constants that are genes.
    pub marks: Vec<Mark>,
}

impl Code {
    /// Returns an empty body of a function whose parameters are the first R registers.
    pub(super) fn with_inputs(n_inputs: u8) -> Self {
        let locals = (0..n_inputs).map(|i| (Local::Register(Bank::R, i), u32::from(i))).collect();
        Self { locals, n_params: n_inputs.into(), ..Self::default() }
    }

    /// Returns an empty body of a function that is called for an entry.
    pub(super) fn with_entry() -> Self {
        Self { locals: BTreeMap::from([(Local::Entry, 0)]), n_params: 1, ..Self::default() }
    }

    /// Returns the locals in use that are the same in all functions, with their numbers.
    pub(super) fn shared(&self) -> Vec<(Local, u32)> {
        self.locals
            .iter()
            .map(|(local, index)| (*local, *index))
            .filter(|(local, _)| local.is_shared())
            .collect()
    }

    /// Puts instructions before all others.
    pub(super) fn prepend(&mut self, instructions: Vec<Instruction<'static>>) {
        for mark in &mut self.marks {
            mark.at += instructions.len() as u32;
        }
        self.instructions.splice(0..0, instructions);
    }

    /// Returns how many blocks, loops and conditions are open.
    pub(super) const fn depth(&self) -> u32 {
        self.depth
    }

    /// Returns how many instructions there are.
    pub(super) const fn len(&self) -> usize {
        self.instructions.len()
    }

    /// Appends an instruction.
    pub(super) fn push(&mut self, instruction: Instruction<'static>) -> &mut Self {
        match instruction {
            Instruction::Block(_) | Instruction::Loop(_) | Instruction::If(_) => self.depth += 1,
            Instruction::End => self.depth = self.depth.saturating_sub(1),
            Instruction::LocalGet(get) => {
                // What was just put away is still at hand.
                if let Some(last @ &mut Instruction::LocalSet(set)) = self.instructions.last_mut()
                    && set == get
                {
                    *last = Instruction::LocalTee(set);
                    return self;
                }
            }
            _ => {}
        }
        self.instructions.push(instruction);
        self
    }

    /// Appends several.
    pub(super) fn all(&mut self, instructions: impl IntoIterator<Item = Instruction<'static>>) -> &mut Self {
        for instruction in instructions {
            self.push(instruction);
        }
        self
    }

    /// Returns the number of a local, declaring it at its first use.
    pub(super) fn local(&mut self, local: Local) -> u32 {
        if let Some(&index) = self.locals.get(&local) {
            return index;
        }
        let index = self.n_params + self.declared.len() as u32;
        self.declared.push(local.encoded());
        self.locals.insert(local, index);
        index
    }

    /// Says whether a local is in use.
    pub(super) fn uses(&self, local: Local) -> bool {
        self.locals.contains_key(&local)
    }

    /// Appends the reading of a local.
    pub(super) fn get(&mut self, local: Local) -> &mut Self {
        let index = self.local(local);
        self.push(Instruction::LocalGet(index))
    }

    /// Appends the writing of a local.
    pub(super) fn set(&mut self, local: Local) -> &mut Self {
        let index = self.local(local);
        self.push(Instruction::LocalSet(index))
    }

    /// Appends the writing of a local whose value stays at hand.
    pub(super) fn tee(&mut self, local: Local) -> &mut Self {
        let index = self.local(local);
        self.push(Instruction::LocalTee(index))
    }

    /// Appends a constant.
    pub(super) fn i64(&mut self, value: i64) -> &mut Self {
        self.push(Instruction::I64Const(value))
    }

    /// Appends a constant.
    pub(super) fn i32(&mut self, value: i32) -> &mut Self {
        self.push(Instruction::I32Const(value))
    }

    /// Opens a condition without results.
    pub(super) fn open_if(&mut self) -> &mut Self {
        self.push(Instruction::If(BlockType::Empty))
    }

    /// Appends an end of a block, loop, condition, or of the function.
    pub(super) fn end(&mut self) -> &mut Self {
        self.push(Instruction::End)
    }

    /// Appends a jump out to the label that was opened as the one of this depth.
    pub(super) fn leave_to(&mut self, depth: u32) -> &mut Self {
        let distance = self.depth - depth;
        self.push(Instruction::Br(distance))
    }

    /// Returns the function.
    pub(super) fn function(&self) -> Function {
        let mut function = Function::new_with_locals_types(self.declared.iter().copied());
        for instruction in &self.instructions {
            function.instruction(instruction);
        }
        function
    }
}
