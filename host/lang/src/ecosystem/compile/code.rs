//! A function while it is written: instructions whose positions genes can name.

use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};

/// The body of a function.
#[derive(Default)]
pub(super) struct Code {
    locals: Vec<ValType>,
    instructions: Vec<Instruction<'static>>,
}

impl Code {
    /// A body with these locals besides its parameters.
    pub(super) fn with_locals(locals: Vec<ValType>) -> Self {
        Self { locals, instructions: Vec::new() }
    }

    /// How many instructions there are: the position of the next.
    pub(super) fn position(&self) -> u32 {
        self.instructions.len() as u32
    }

    pub(super) fn push(&mut self, instruction: Instruction<'static>) -> &mut Self {
        self.instructions.push(instruction);
        self
    }

    pub(super) fn number(&mut self, value: u32) -> &mut Self {
        self.push(Instruction::I32Const(value.cast_signed()))
    }

    pub(super) fn get(&mut self, local: u32) -> &mut Self {
        self.push(Instruction::LocalGet(local))
    }

    pub(super) fn set(&mut self, local: u32) -> &mut Self {
        self.push(Instruction::LocalSet(local))
    }

    pub(super) fn call(&mut self, function: u32) -> &mut Self {
        self.push(Instruction::Call(function))
    }

    pub(super) fn begin_if(&mut self) -> &mut Self {
        self.push(Instruction::If(BlockType::Empty))
    }

    pub(super) fn end(&mut self) -> &mut Self {
        self.push(Instruction::End)
    }

    /// Gives no text back and ends the function.
    pub(super) fn return_nothing(&mut self) -> &mut Self {
        self.number(0).number(0).push(Instruction::Return)
    }

    pub(super) fn finish(mut self) -> Function {
        self.end();
        let mut function = Function::new_with_locals_types(self.locals);
        for instruction in &self.instructions {
            function.instruction(instruction);
        }
        function
    }
}

/// A word of memory at `offset` from an address.
pub(super) fn word(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 2, memory_index: 0 }
}

/// A byte at `offset` from an address.
pub(super) fn byte(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 0, memory_index: 0 }
}
