//! The functions that a program becomes: one, or several parts and one that calls them.

use flux_vm::Program;

use super::blocks::Blocks;
use super::code::Code;
use super::effects::Liveness;
use super::emit::{Emitter, Shared};
use super::graph::Shape;
use super::layout::Layout;
use super::module::Callees;
use super::split::Part;
use super::{CompileError, Options, Start, structure};

/// The functions of a program, with what they need beside themselves.
pub(super) struct Written {
    /// The program's own one, then its parts.
    pub bodies: Vec<Code>,
    /// What they have in common.
    pub shared: Shared,
    /// Text that is read at run time.
    pub text: Vec<u8>,
}

/// What the functions are written from.
pub(super) struct Source<'a> {
    pub program: &'a Program,
    /// The whole program.
    pub blocks: &'a Blocks<'a>,
    pub shape: &'a Shape,
    pub layout: &'a Layout,
    pub callees: &'a Callees,
    pub options: &'a Options,
    pub start: &'a Start,
}

impl Source<'_> {
    /// Writes the program as one function.
    pub(super) fn write_whole(&self) -> Result<Written, CompileError> {
        let live = self.live(self.blocks);
        let mut emitter = self.emitter(self.blocks, self.shape, &live);
        emitter.prologue(self.start);
        if !structure::write(&self.blocks.graph, self.shape, &mut emitter) {
            return Err(CompileError::Tangled);
        }
        emitter.epilogue();
        Ok(Written { bodies: vec![emitter.code], shared: emitter.shared, text: emitter.text })
    }

    /// Writes each part as a function, and one that calls them.
    pub(super) fn write_parts(&self, parts: &[Part<'_>]) -> Result<Written, CompileError> {
        let mut shared = Shared::default();
        let mut bodies = vec![Code::default()];
        for Part { blocks, .. } in parts {
            let (live, shape) = (self.live(blocks), blocks.shape());
            let mut emitter = self.emitter(blocks, &shape, &live).for_part(shared);
            if !structure::write(&blocks.graph, &shape, &mut emitter) {
                return Err(CompileError::Tangled);
            }
            emitter.finish_part();
            bodies.push(emitter.code);
            shared = emitter.shared;
        }
        let live = Liveness::of_anything();
        let mut emitter = self.emitter(self.blocks, self.shape, &live);
        emitter.shared = shared;
        emitter.prologue(self.start);
        emitter.call_parts(parts);
        emitter.epilogue();
        bodies[0] = emitter.code;
        Ok(Written { bodies, shared: emitter.shared, text: emitter.text })
    }

    fn live(&self, blocks: &Blocks<'_>) -> Liveness {
        let at_halt = Emitter::at_halt(self.options, self.program.outputs);
        Liveness::of(blocks, at_halt, Emitter::at_failure(self.options))
    }

    fn emitter<'b>(&'b self, blocks: &'b Blocks<'b>, shape: &'b Shape, live: &'b Liveness) -> Emitter<'b> {
        Emitter::new(blocks, shape, live, self.layout, self.callees, self.options, self.program)
    }
}
