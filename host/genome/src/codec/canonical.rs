//! Canonical form: the same genome without `nop`, and where its instructions lie.

use std::ops::Range;

use wasmparser::{BinaryReader, BinaryReaderError, CodeSectionReader, Operator};

use super::{EncodeError, write};

/// Components within components, at most.
const MAX_DEPTH: u64 = 16;

const MODULE_HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";
const COMPONENT_HEADER: [u8; 8] = *b"\0asm\x0d\0\x01\0";

const CUSTOM_SECTION: u8 = 0;
const CODE_SECTION: u8 = 10;
const CORE_MODULE_SECTION: u8 = 1;
const COMPONENT_SECTION: u8 = 4;

/// A genome in canonical form.
pub(super) struct Canonical {
    pub(super) bytes: Vec<u8>,
    /// Where the instructions of each function body lie, in order.
    pub(super) bodies: Vec<Range<usize>>,
}

/// What to do with `nop`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nops {
    Remove,
    /// Something counts instructions or their bytes.
    Keep,
}

/// Brings a component or a module into canonical form.
pub(super) fn canonical(genome: &[u8]) -> Result<Canonical, EncodeError> {
    let nops = if counts_instructions(genome, 0)? { Nops::Keep } else { Nops::Remove };
    rewrite(genome, nops, 0)
}

/// A section: its id, where it starts with its header, and its content.
struct Section<'a> {
    id: u8,
    whole: &'a [u8],
    content: &'a [u8],
}

/// Cuts a component or module into sections; also says whether it is a component.
fn sections(bytes: &[u8]) -> Result<(bool, Vec<Section<'_>>), BinaryReaderError> {
    let mut reader = BinaryReader::new(bytes, 0);
    let header = reader.read_bytes(8)?;
    let is_component = header == COMPONENT_HEADER;
    if !is_component && header != MODULE_HEADER {
        // The parser has the better words for what is wrong.
        wasmparser::Parser::new(0).parse_all(bytes).next().transpose()?;
    }
    let mut sections = Vec::new();
    while !reader.eof() {
        let start = reader.current_position();
        let id = reader.read_u8()?;
        let len = reader.read_var_u32()?;
        let content = reader.read_bytes(len as usize)?;
        let whole = bytes.get(start..reader.current_position()).unwrap_or_default();
        sections.push(Section { id, whole, content });
    }
    Ok((is_component, sections))
}

/// Whether a section anywhere in the genome depends on how many instructions there are.
fn counts_instructions(bytes: &[u8], depth: u64) -> Result<bool, EncodeError> {
    check_depth(depth)?;
    let (is_component, sections) = sections(bytes).map_err(EncodeError::Malformed)?;
    for section in sections {
        let counts = match section.id {
            CUSTOM_SECTION => {
                let name = BinaryReader::new(section.content, 0).read_unlimited_string().unwrap_or_default();
                name == "flux.genes" || name.starts_with("metadata.code.")
            }
            CORE_MODULE_SECTION | COMPONENT_SECTION if is_component => {
                counts_instructions(section.content, depth + 1)?
            }
            _ => false,
        };
        if counts {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rewrite(bytes: &[u8], nops: Nops, depth: u64) -> Result<Canonical, EncodeError> {
    check_depth(depth)?;
    let (is_component, sections) = sections(bytes).map_err(EncodeError::Malformed)?;
    let mut out = Canonical { bytes: Vec::with_capacity(bytes.len()), bodies: Vec::new() };
    out.bytes.extend_from_slice(bytes.get(..8).unwrap_or_default());
    for section in sections {
        let inner = match (is_component, section.id) {
            (true, CORE_MODULE_SECTION | COMPONENT_SECTION) => rewrite(section.content, nops, depth + 1)?,
            (false, CODE_SECTION) => rewrite_code(section.content, nops).map_err(EncodeError::Malformed)?,
            _ => {
                out.bytes.extend_from_slice(section.whole);
                continue;
            }
        };
        out.bytes.push(section.id);
        write(&mut out.bytes, inner.bytes.len());
        out.append(&inner);
    }
    Ok(out)
}

fn rewrite_code(content: &[u8], nops: Nops) -> Result<Canonical, BinaryReaderError> {
    let section = CodeSectionReader::new(BinaryReader::new(content, 0))?;
    let mut out = Canonical { bytes: Vec::with_capacity(content.len()), bodies: Vec::new() };
    write(&mut out.bytes, section.count() as usize);
    for body in section {
        let body = body?;
        let mut operators = body.get_operators_reader()?;
        let start = operators.original_position();
        let mut inner = content.get(body.range().start..start).unwrap_or_default().to_vec();
        let code_start = inner.len();
        while !operators.eof() {
            let at = operators.original_position();
            let operator = operators.read()?;
            if nops == Nops::Keep || operator != Operator::Nop {
                inner.extend_from_slice(content.get(at..operators.original_position()).unwrap_or_default());
            }
        }
        let code = code_start..inner.len();
        write(&mut out.bytes, inner.len());
        out.append(&Canonical { bytes: inner, bodies: vec![code] });
    }
    Ok(out)
}

impl Canonical {
    fn append(&mut self, inner: &Self) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&inner.bytes);
        self.bodies.extend(inner.bodies.iter().map(|body| body.start + at..body.end + at));
    }
}

fn check_depth(depth: u64) -> Result<(), EncodeError> {
    if depth > MAX_DEPTH { Err(EncodeError::TooDeep { actual: depth, limit: MAX_DEPTH }) } else { Ok(()) }
}
