//! Puts a changed module together: what did not change is copied as bytes.

use wasm_encoder::Encode;
use wasmparser::{FuncType, ValType};

use super::code::{Body, encode_type, read_leb};
use crate::view::{ModuleView, Section};

/// A function to append.
#[derive(Debug, Clone)]
pub struct NewFunction {
    /// Its type's index.
    pub type_index: u32,
    /// Its encoded body, without the size.
    pub body: Vec<u8>,
}

/// A global to append.
#[derive(Debug, Clone)]
pub struct NewGlobal {
    /// The type of its value.
    pub ty: ValType,
    /// Whether it can be set.
    pub mutable: bool,
    /// The encoded initialiser, with the closing `end`.
    pub init: Vec<u8>,
}

/// Everything that changes in a module. Nothing is ever removed, so the indices of what was there stay.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// Bodies that take the place of old ones.
    pub bodies: Vec<Body>,
    /// Function types to append.
    pub types: Vec<FuncType>,
    /// Functions to append.
    pub functions: Vec<NewFunction>,
    /// Globals to append.
    pub globals: Vec<NewGlobal>,
    /// Bytes to write over: a byte offset in the module and what goes there; inside data segments only.
    pub data: Vec<(usize, Vec<u8>)>,
    /// Bytes to append to data segments, by their numbers, in order.
    pub grown: Vec<(u32, Vec<u8>)>,
    /// New contents of the `flux.genes` section; none leaves it as it is, empty ones drop it.
    pub genes: Option<Vec<u8>>,
}

/// Returns the module of `view` with `patch` put in.
pub fn assemble(view: &ModuleView<'_>, patch: &Patch) -> Vec<u8> {
    let grown: usize = patch.bodies.iter().map(|body| body.bytes.len()).sum::<usize>()
        + patch.functions.iter().map(|function| function.body.len() + 8).sum::<usize>()
        + patch.genes.as_ref().map_or(0, Vec::len);
    let mut out = Vec::with_capacity(view.bytes.len() + grown + 64);
    out.extend_from_slice(&view.bytes[..8]);
    // Sections that get their first item because of the patch, in the order modules keep.
    let mut missing: Vec<u8> = [1u8, 3, 6, 10]
        .into_iter()
        .filter(|&id| appended(patch, id) > 0 && view.section(id).is_none())
        .collect();
    // What comes before the first section that may change is copied in one piece.
    let stays = |section: &&Section| match section.id {
        0 | 10 | 11 => false,
        id => appended(patch, id) == 0,
    };
    let n_first = if missing.is_empty() { view.sections.iter().take_while(stays).count() } else { 0 };
    let (first, rest) = view.sections.split_at(n_first);
    if let Some(last) = first.last() {
        out.extend_from_slice(&view.bytes[8..last.payload.end]);
    }
    for section in rest {
        while let Some(&id) = missing.first() {
            if section.id == 0 || order(section.id) < order(id) {
                break;
            }
            missing.remove(0);
            write_section(&mut out, id, |out| {
                appended(patch, id).encode(out);
                append_items(out, patch, id);
            });
        }
        write_changed(&mut out, view, section, patch);
    }
    for id in missing {
        write_section(&mut out, id, |out| {
            appended(patch, id).encode(out);
            append_items(out, patch, id);
        });
    }
    if view.genes.is_none() {
        write_genes(&mut out, patch);
    }
    out
}

fn write_changed(out: &mut Vec<u8>, view: &ModuleView<'_>, section: &Section, patch: &Patch) {
    let payload = &view.bytes[section.payload.clone()];
    match section.id {
        1 | 3 | 6 if appended(patch, section.id) > 0 => {
            let (count, items) = read_leb(payload);
            write_section(out, section.id, |out| {
                (count + appended(patch, section.id)).encode(out);
                out.extend_from_slice(items);
                append_items(out, patch, section.id);
            });
        }
        10 if !patch.bodies.is_empty() || !patch.functions.is_empty() => {
            write_code(out, view, section, patch);
        }
        11 if !patch.data.is_empty() || !patch.grown.is_empty() => write_data(out, view, section, patch),
        0 if patch.genes.is_some() && view.genes.as_ref().is_some_and(|g| g.end == section.payload.end) => {
            write_genes(out, patch);
        }
        _ => out.extend_from_slice(&view.bytes[section.start..section.payload.end]),
    }
}

fn write_code(out: &mut Vec<u8>, view: &ModuleView<'_>, section: &Section, patch: &Patch) {
    let (count, items) = read_leb(&view.bytes[section.payload.clone()]);
    let first = section.payload.end - items.len();
    let mut bodies: Vec<&Body> = patch.bodies.iter().collect();
    bodies.sort_by_key(|body| body.function);
    // The size in front comes from the sizes of the parts, so that the section is written once.
    let mut head = Vec::with_capacity(5);
    (count + patch.functions.len() as u32).encode(&mut head);
    let mut size = head.len() + items.len();
    for body in &bodies {
        if let Some(old) = view.functions.get(body.function as usize).and_then(|f| f.body.as_ref()) {
            size = size + leb_size(body.bytes.len()) + body.bytes.len() - (old.range.end - old.entry);
        }
    }
    for function in &patch.functions {
        size += leb_size(function.body.len()) + function.body.len();
    }
    out.push(10);
    (size as u32).encode(out);
    out.extend_from_slice(&head);
    let mut at = first;
    for body in &bodies {
        if let Some(old) = view.functions.get(body.function as usize).and_then(|f| f.body.as_ref()) {
            out.extend_from_slice(&view.bytes[at..old.entry]);
            (body.bytes.len() as u32).encode(out);
            out.extend_from_slice(&body.bytes);
            at = old.range.end;
        }
    }
    out.extend_from_slice(&view.bytes[at..section.payload.end]);
    append_items(out, patch, 10);
}

fn write_data(out: &mut Vec<u8>, view: &ModuleView<'_>, section: &Section, patch: &Patch) {
    let mut contents = view.bytes[section.payload.clone()].to_vec();
    for (offset, bytes) in &patch.data {
        let at = offset.wrapping_sub(section.payload.start);
        if let Some(slot) = at.checked_add(bytes.len()).and_then(|end| contents.get_mut(at..end)) {
            slot.copy_from_slice(bytes);
        }
    }
    write_section(out, 11, |out| {
        let mut at = 0;
        for (segment, more) in &patch.grown {
            let Some(data) = view.data.get(*segment as usize).map(|data| &data.contents) else { continue };
            let Some(len) = length_before(view.bytes, data) else { continue };
            let (start, end) = (data.start - section.payload.start, data.end - section.payload.start);
            out.extend_from_slice(&contents[at..start - len]);
            ((data.len() + more.len()) as u32).encode(out);
            out.extend_from_slice(&contents[start..end]);
            out.extend_from_slice(more);
            at = end;
        }
        out.extend_from_slice(&contents[at..]);
    });
}

/// How many bytes the length before the contents of a segment takes; those of an empty one cannot be told.
fn length_before(bytes: &[u8], contents: &std::ops::Range<usize>) -> Option<usize> {
    (1..=5usize).filter(|_| !contents.is_empty()).find(|&size| {
        let length = contents.start.checked_sub(size).and_then(|at| bytes.get(at..contents.start));
        length.is_some_and(|length| {
            let (value, rest) = read_leb(length);
            rest.is_empty()
                && value as usize == contents.len()
                && length.last().is_some_and(|last| last & 0x80 == 0)
        })
    })
}

/// How many items of section `id` the patch appends.
fn appended(patch: &Patch, id: u8) -> u32 {
    match id {
        1 => patch.types.len() as u32,
        3 | 10 => patch.functions.len() as u32,
        6 => patch.globals.len() as u32,
        _ => 0,
    }
}

fn append_items(out: &mut Vec<u8>, patch: &Patch, id: u8) {
    match id {
        1 => {
            for ty in &patch.types {
                out.push(0x60);
                for types in [ty.params(), ty.results()] {
                    (types.len() as u32).encode(out);
                    for &ty in types {
                        encode_type(ty, out);
                    }
                }
            }
        }
        3 => {
            for function in &patch.functions {
                function.type_index.encode(out);
            }
        }
        6 => {
            for global in &patch.globals {
                encode_type(global.ty, out);
                out.push(u8::from(global.mutable));
                out.extend_from_slice(&global.init);
            }
        }
        10 => {
            for function in &patch.functions {
                (function.body.len() as u32).encode(out);
                out.extend_from_slice(&function.body);
            }
        }
        _ => {}
    }
}

fn write_genes(out: &mut Vec<u8>, patch: &Patch) {
    if let Some(genes) = patch.genes.as_ref().filter(|genes| !genes.is_empty()) {
        write_section(out, 0, |out| {
            crate::gene::SECTION.encode(out);
            out.extend_from_slice(genes);
        });
    }
}

fn write_section(out: &mut Vec<u8>, id: u8, contents: impl FnOnce(&mut Vec<u8>)) {
    let mut payload = Vec::new();
    contents(&mut payload);
    out.push(id);
    (payload.len() as u32).encode(out);
    out.extend_from_slice(&payload);
}

/// The place of a section among the sections of a module.
fn order(id: u8) -> u8 {
    match id {
        // Tags come between memories and globals, the data count before the code.
        13 => 11,
        12 => 19,
        id => id * 2,
    }
}

fn leb_size(value: usize) -> usize {
    let mut rest = value >> 7;
    let mut size = 1;
    while rest != 0 {
        rest >>= 7;
        size += 1;
    }
    size
}
