//! What variants of one genome have in common, so that it is found out once.
//!
//! Variants mostly differ in one function. A *mold* is everything of a component around that function, byte for byte,
//! with what is known of it; a component that fits the mold needs only its function looked at, and that one only by
//! [`Direct::translate`], which takes nothing that reaches beyond locals.

use std::ops::Range;
use std::sync::Arc;

use flux_genome::Genome;
use wasmparser::BinaryReader;

use super::direct::Direct;
use super::scalar::Scalar;
use super::state::Inventory;

/// Functions of a module that comes in a mold: its own, and the allocator and wrapper that the convention adds.
const N_FUNCTIONS: u32 = 3;

/// A component without the function that its wrapper calls.
pub(super) struct Mold {
    /// The component up to the section that is its module, and from the end of that on.
    before: Box<[u8]>,
    after: Box<[u8]>,
    /// The module up to its code section, and that section from the end of the function on.
    head: Box<[u8]>,
    tail: Box<[u8]>,
    scalar: Scalar,
    /// What the module is made of, whatever the function.
    pub(super) inventory: Arc<Inventory>,
}

/// Where the parts of a module lie.
struct Parts {
    /// Where the code section begins.
    code: usize,
    /// The one function that is its own.
    function: Range<usize>,
    /// The end of the code section.
    end: usize,
}

impl Mold {
    /// The mold of a genome whose module lies at `module`, and its function; nothing where it has another form.
    pub(super) fn of(
        genome: &Genome,
        module: &Range<usize>,
        inventory: &Arc<Inventory>,
    ) -> Option<(Self, Direct)> {
        let scalar = inventory.scalar?;
        let bytes = genome.bytes();
        let content = bytes.get(module.clone())?;
        let parts = Parts::read(content)?;
        // Custom sections may lie before the code too; those that come after it may differ.
        if scalar.inner != 0 || !inventory.imports.is_empty() || !inventory.tables.is_empty() {
            return None;
        }
        let direct = translate(content, &parts, &scalar)?;
        let section = section_before(bytes, module)?;
        let mold = Self {
            before: bytes.get(..section)?.into(),
            after: bytes.get(module.end..)?.into(),
            head: content.get(..parts.code)?.into(),
            tail: content.get(parts.function.end..parts.end)?.into(),
            scalar,
            inventory: Arc::clone(inventory),
        };
        Some((mold, direct))
    }

    /// The function of a genome that fits this mold; nothing where it does not, or is not for the machine.
    pub(super) fn cast(&self, genome: &Genome, module: &Range<usize>) -> Option<Direct> {
        let bytes = genome.bytes();
        let fits = bytes.starts_with(&self.before)
            && bytes.get(module.end..) == Some(&*self.after)
            && section_before(bytes, module) == Some(self.before.len());
        let content = bytes.get(module.clone()).filter(|content| fits && content.starts_with(&self.head))?;
        let parts = Parts::read_from(content, self.head.len())?;
        let fits = content.get(parts.function.end..parts.end) == Some(&*self.tail);
        if fits { translate(content, &parts, &self.scalar) } else { None }
    }
}

fn translate(content: &[u8], parts: &Parts, scalar: &Scalar) -> Option<Direct> {
    let body = content.get(parts.function.clone())?;
    Direct::translate(body, parts.function.start, scalar.n_params, scalar.n_results)
}

/// Where the section that is `module` begins: its id, its size, and nothing else.
fn section_before(bytes: &[u8], module: &Range<usize>) -> Option<usize> {
    /// The id of a core module among the sections of a component.
    const CORE_MODULE: u8 = 1;
    // The size takes one to five bytes; the last of them is the one without a mark.
    (1..=5usize).find_map(|n| {
        let start = module.start.checked_sub(n + 1)?;
        let mut reader = BinaryReader::new(bytes.get(start + 1..module.start)?, start + 1);
        let size = reader.read_var_u32().ok()?;
        let is_it = bytes.get(start) == Some(&CORE_MODULE) && reader.eof() && size as usize == module.len();
        is_it.then_some(start)
    })
}

const CODE_SECTION: u8 = 10;

impl Parts {
    fn read(module: &[u8]) -> Option<Self> {
        let mut reader = BinaryReader::new(module, 0);
        reader.read_bytes(8).ok()?;
        loop {
            let start = reader.original_position();
            let id = reader.read_u8().ok()?;
            let size = reader.read_var_u32().ok()? as usize;
            match id {
                CODE_SECTION => return Self::read_from(module, start),
                // Custom sections, types, imports, functions, memories, globals, exports.
                0 | 1 | 2 | 3 | 5 | 6 | 7 => reader.read_bytes(size).ok()?,
                _ => return None,
            };
        }
    }

    /// Reads a module from its code section on, which begins at `code`.
    fn read_from(module: &[u8], code: usize) -> Option<Self> {
        let mut reader = BinaryReader::new(module.get(code..)?, code);
        if reader.read_u8().ok()? != CODE_SECTION {
            return None;
        }
        let size = reader.read_var_u32().ok()? as usize;
        let end = reader.original_position().checked_add(size)?;
        if reader.read_var_u32().ok()? != N_FUNCTIONS {
            return None;
        }
        let size = reader.read_var_u32().ok()? as usize;
        let start = reader.original_position();
        let function = start..start.checked_add(size).filter(|function| *function <= end)?;
        // After the code there may be custom sections, which say nothing about a run.
        let mut reader = BinaryReader::new(module.get(end..)?, end);
        while !reader.eof() {
            let id = reader.read_u8().ok()?;
            let size = reader.read_var_u32().ok()? as usize;
            reader.read_bytes(size).ok()?;
            if id != 0 {
                return None;
            }
        }
        Some(Self { code, function, end })
    }
}
