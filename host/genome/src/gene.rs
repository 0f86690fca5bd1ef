//! Genes: named places of a module that evolution may turn.
//!
//! A gene map travels in the custom section `flux.genes`; `GENES.md` beside this crate describes its bytes. A
//! module without one still has genes: [`analyse()`] finds constants by what they are used for, and functions.
//!
//! Places are positions of instructions, not of bytes, so that they survive a re-encoding. Every edit says where
//! the instructions it touches went; [`GeneMap::carried`] follows, and drops the genes whose thing is gone.

mod analyse;
mod codec;
mod content;
pub mod slot;

use std::fmt;
use std::ops::Range;

pub use self::analyse::{analyse, constants_of};
pub use self::codec::GeneMapError;
pub use self::content::content;

use crate::mutate::{Body, read_leb};
use crate::view::ModuleView;

/// The name of the custom section.
pub const SECTION: &str = "flux.genes";

/// What stands behind the name of a gene that is a copy of another.
pub const COPY: &str = " (copy)";

/// What a gene is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeneKind {
    /// A constant that scales: a factor, divisor or shift distance.
    Decay,
    /// A constant that is compared with.
    Threshold,
    /// Any other constant.
    Constant,
    /// A run of instructions with a known stack effect.
    Window,
    /// A whole function.
    Function,
    /// The text of a prompt, in data.
    Prompt,
    /// A sampling temperature.
    Temperature,
    /// The name of a model, in data.
    Model,
    /// The name of a judge, in data.
    Judge,
    /// A stage of an ecosystem.
    Stage,
}

impl GeneKind {
    /// All kinds, in the order of their numbers in the binary format.
    pub const ALL: [GeneKind; 10] = [
        GeneKind::Decay,
        GeneKind::Threshold,
        GeneKind::Constant,
        GeneKind::Window,
        GeneKind::Function,
        GeneKind::Prompt,
        GeneKind::Temperature,
        GeneKind::Model,
        GeneKind::Judge,
        GeneKind::Stage,
    ];

    /// Returns its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            GeneKind::Decay => "decay",
            GeneKind::Threshold => "threshold",
            GeneKind::Constant => "constant",
            GeneKind::Window => "window",
            GeneKind::Function => "function",
            GeneKind::Prompt => "prompt",
            GeneKind::Temperature => "temperature",
            GeneKind::Model => "model",
            GeneKind::Judge => "judge",
            GeneKind::Stage => "stage",
        }
    }
}

impl fmt::Display for GeneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where a gene lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Instructions of a function.
    Code {
        /// The function, in the function index space.
        function: u32,
        /// The instructions, counted from 0; never empty.
        range: Range<u32>,
    },
    /// Bytes of a data segment.
    Data {
        /// The segment.
        segment: u32,
        /// The bytes, counted from the segment's first.
        range: Range<u32>,
    },
    /// A whole function.
    Function {
        /// The function, in the function index space.
        function: u32,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Code { function, range } if range.len() == 1 => {
                write!(f, "function {function}, instruction {}", range.start)
            }
            Place::Code { function, range } => {
                write!(f, "function {function}, instructions {}..{}", range.start, range.end)
            }
            Place::Data { segment, range } => {
                write!(f, "data {segment}, bytes {}..{}", range.start, range.end)
            }
            Place::Function { function } => write!(f, "function {function}"),
        }
    }
}

/// The values a constant gene may take, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounds {
    /// Any value of the constant's type.
    None,
    /// Whole numbers.
    Integer {
        /// The smallest.
        low: i64,
        /// The largest.
        high: i64,
    },
    /// Floating-point numbers.
    Float {
        /// The smallest.
        low: f64,
        /// The largest.
        high: f64,
    },
}

impl Bounds {
    /// Those of a gene that is there to be chosen or copied, and stays what it is.
    pub const FIXED: Self = Self::Integer { low: 0, high: 0 };
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bounds::None => write!(f, "any"),
            Bounds::Integer { low, high } => write!(f, "{low} to {high}"),
            Bounds::Float { low, high } => write!(f, "{low} to {high}"),
        }
    }
}

/// A gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Gene {
    /// Its name, for people.
    pub name: String,
    /// What it is.
    pub kind: GeneKind,
    /// Where it lies.
    pub place: Place,
    /// The values it may take.
    pub bounds: Bounds,
}

/// The genes of a module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GeneMap {
    /// The genes in their order.
    pub genes: Vec<Gene>,
}

impl GeneMap {
    /// Returns whether any gene is one that ecosystems have and programs do not.
    pub fn is_of_ecosystem(&self) -> bool {
        use GeneKind::{Judge, Model, Prompt, Stage, Temperature};
        self.genes.iter().any(|gene| matches!(gene.kind, Prompt | Temperature | Model | Judge | Stage))
    }

    /// Returns the genes as they lie after the functions of `bodies` changed.
    ///
    /// A gene in code stays when its first and last instruction are still there, in order, and nothing that lay
    /// inside has left and nothing that lay outside has come in; code that is new may have come in. A copy of a gene
    /// in code is a gene as well, called after it with [`COPY`] behind; they come last. Every other gene stays where
    /// it is, since nothing is ever removed from a module's index spaces or data.
    pub fn carried(&self, bodies: &[Body]) -> GeneMap {
        let mut genes = Vec::with_capacity(self.genes.len());
        let mut copies = Vec::new();
        for gene in &self.genes {
            let mut gene = gene.clone();
            if let Place::Code { function, range } = &mut gene.place
                && let Some(body) = bodies.iter().find(|body| body.function == *function)
            {
                let old = range.start as usize..range.end as usize;
                for start in body.moves.copies_of(&old) {
                    let range = start as u32..(start + old.len()) as u32;
                    let name = format!("{}{COPY}", gene.name.trim_end_matches(COPY));
                    let place = Place::Code { function: *function, range };
                    copies.push(Gene { name, kind: gene.kind, place, bounds: gene.bounds });
                }
                let content = gene.kind == GeneKind::Window || !body.moves.exchanged(&old);
                match follow(body, range).filter(|_| content && !body.moves.swallowed(&old)) {
                    Some(moved) => *range = moved,
                    None => continue,
                }
            }
            genes.push(gene);
        }
        copies.truncate((codec::MAX_GENES as usize).saturating_sub(genes.len()));
        genes.append(&mut copies);
        GeneMap { genes }
    }

    /// Returns a table of the genes for people, one line each.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for gene in &self.genes {
            out.push_str(&format!("{:<11} {}: {} ({})\n", gene.kind, gene.name, gene.place, gene.bounds));
        }
        out
    }
}

fn follow(body: &Body, range: &Range<u32>) -> Option<Range<u32>> {
    let old = range.start as usize..range.end as usize;
    let landmarks = body.moves.landmarks(&old);
    let (&(from, first), &(to, last)) = (landmarks.first()?, landmarks.last()?);
    if from != old.start || to + 1 != old.end || !landmarks.is_sorted_by_key(|&(_, new)| new) {
        return None;
    }
    if body.moves.foreign(first..last + 1, &old) {
        return None;
    }
    Some(u32::try_from(first).ok()?..u32::try_from(last + 1).ok()?)
}

/// Returns how many bytes of `component` the gene maps of its core modules take, their section headers included.
///
/// Notes for mutation are no part of what a genome does, so that its size is better compared without them. Bytes that
/// are no component count as having none.
pub fn section_len(component: &[u8]) -> u64 {
    let maps = |module: &[u8]| -> usize {
        sections(module)
            .filter(|&(id, payload, _)| id == 0 && names_genes(payload))
            .map(|(_, _, len)| len)
            .sum()
    };
    sections(component).filter(|&(id, ..)| id == 1).map(|(_, module, _)| maps(module) as u64).sum()
}

/// Returns whether the core module `module` brings a map with genes that ecosystems have and programs do not.
pub fn has_genes_of_ecosystem(module: &[u8]) -> bool {
    let map = |module| Some(ModuleView::parse(module).ok()?.gene_map()?.is_of_ecosystem());
    map(module).unwrap_or_default()
}

fn names_genes(payload: &[u8]) -> bool {
    let (len, name) = read_leb(payload);
    name.get(..len as usize) == Some(SECTION.as_bytes())
}

/// Returns the sections after the eight bytes of a preamble: id, contents, and length with the header.
fn sections(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8], usize)> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&id, after) = rest.split_first()?;
        let (len, after) = read_leb(after);
        let (payload, next) = after.split_at_checked(len as usize)?;
        let whole = rest.len() - next.len();
        rest = next;
        Some((id, payload, whole))
    })
}

#[cfg(test)]
mod tests;
