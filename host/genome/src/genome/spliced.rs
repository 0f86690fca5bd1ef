//! Admission of children: a genome with another body module, of which only what changed is looked at.
//!
//! A child has its parent's component around its body module, byte for byte. Nothing outside looks into the module
//! but by its imports and exports; so where these and their types are the parent's, the component is valid and of the
//! parent's world if the module is valid by itself. And a function of a valid module stays valid while its own bytes
//! and everything that functions refer to stay the same.
//!
//! Every shortcut says yes or nothing: what it cannot say yes to is admitted as a stranger is, and refused, where it
//! has to be, for the same reason.

use std::sync::{Arc, OnceLock};

use wasmparser::{
    BinaryReader, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload, ValidPayload,
    Validator, ValidatorResources,
};

use super::extent::{Extent, Function, measure_function, measure_plain, measure_view};
use super::{AdmitError, Genome, GenomeId};
use crate::features::FEATURES;
use crate::limits::Bounds;
use crate::splice::{self, BodyPlace};
use crate::view::ModuleView;

/// Bodies larger than this are admitted the long way: close to the parser's own limit it would have to be asked.
const MAX_BODY_BYTES: usize = 1 << 20;

/// A genome that other bodies are put into.
#[derive(Debug)]
pub(crate) struct Socket<'g> {
    genome: &'g Genome,
    place: &'g BodyPlace,
    /// What the functions of the body module may refer to; none where it has no functions.
    resources: Option<&'g ValidatorResources>,
}

/// A body that another one is made of, with what is known of it. What is around it is that of a [`Socket`].
#[derive(Clone, Copy)]
pub(crate) struct Before<'b, 'm> {
    pub(crate) view: &'b ModuleView<'m>,
    pub(crate) extent: &'b Extent,
    /// What its functions may refer to.
    pub(crate) resources: Option<&'b ValidatorResources>,
    /// Whether those are others than in the genome of the socket.
    pub(crate) is_changed: bool,
}

/// A body of which a shortcut says that it makes a genome.
pub(crate) struct Fitting {
    pub(crate) extent: Extent,
    /// What its functions may refer to, where that is not what those of the socket's genome may.
    pub(crate) resources: Option<ValidatorResources>,
}

/// How a module differs from the parent's.
enum Difference {
    /// In these functions (counted among those with code) alone: their bodies' ranges in the module.
    Bodies(Vec<(usize, std::ops::Range<usize>)>),
    /// In more, with the same imports and exports.
    Items,
}

impl<'g> Socket<'g> {
    /// Prepares `genome`; none where its body lies within a nested component.
    pub(crate) fn new(genome: &'g Genome) -> Option<Self> {
        let place = genome.body_place()?;
        let module = genome.bytes.get(place.range.clone())?;
        let resources = genome.resources.get_or_init(|| resources(module)).as_ref();
        Some(Self { genome, place, resources })
    }

    /// The genome that bodies are put into.
    pub(crate) fn genome(&self) -> &'g Genome {
        self.genome
    }

    /// The genome with `module` as its body; `view` is that of the body that it has.
    pub(crate) fn admit(
        &self,
        view: &ModuleView<'_>,
        module: &[u8],
        bounds: &Bounds,
    ) -> Result<Genome, AdmitError> {
        match self.fitting(&self.before(view), module, None, bounds) {
            Some(fitting) => Ok(self.fill(self.component(module), fitting, bounds)),
            None => self.admit_as_a_stranger(module, bounds),
        }
    }

    /// The body that the genome has, of which `view` is that.
    pub(crate) fn before<'b, 'm>(&'b self, view: &'b ModuleView<'m>) -> Before<'b, 'm> {
        Before { view, extent: &self.genome.extent, resources: self.resources, is_changed: false }
    }

    /// Whether the size of the body is written in no more bytes than it needs: then it does not matter whether bodies
    /// are put in one after the other or only the last one.
    pub(crate) fn is_plain(&self) -> bool {
        let header = self.place.range.start - self.place.section;
        header == 1 + splice::leb_size(self.place.range.len())
    }

    /// The genome with `module` as its body, looked at from end to end.
    pub(crate) fn admit_as_a_stranger(&self, module: &[u8], bounds: &Bounds) -> Result<Genome, AdmitError> {
        Genome::admit(self.component(module).0, bounds)
    }

    /// The component with `module` as its body, and where that lies in it.
    pub(crate) fn component(&self, module: &[u8]) -> (Vec<u8>, BodyPlace) {
        splice::replaced(&self.genome.bytes, self.place, module)
    }

    /// The genome of a component with a body of which [`Socket::fitting`] has said that it is one within `bounds`.
    pub(crate) fn fill(
        &self,
        (bytes, place): (Vec<u8>, BodyPlace),
        fitting: Fitting,
        bounds: &Bounds,
    ) -> Genome {
        let Fitting { extent, resources } = fitting;
        debug_assert_eq!(extent.body.as_ref(), Some(&place), "the place of a body");
        debug_assert_eq!(
            Genome::admit(bytes.clone(), bounds).as_ref().map(|genome| &*genome.extent),
            Ok(&extent),
            "admitted by a shortcut"
        );
        Genome {
            id: GenomeId::of(&bytes),
            bytes: bytes.into(),
            world: self.genome.world,
            capabilities: self.genome.capabilities,
            extent: Arc::new(extent),
            resources: match resources {
                Some(changed) => Arc::new(OnceLock::from(Some(changed))),
                None => Arc::clone(&self.genome.resources),
            },
        }
    }

    /// The extent of the genome with `module`, which was made of `before`, as its body; nothing where no shortcut says
    /// that it is a genome within `bounds`.
    ///
    /// `now` is the view of `module`, where it is rewritten once more before it comes into a genome: functions are
    /// validated when they are viewed then.
    pub(crate) fn fitting(
        &self,
        before: &Before<'_, '_>,
        module: &[u8],
        now: Option<&ModuleView<'_>>,
        bounds: &Bounds,
    ) -> Option<Fitting> {
        let (view, parent) = (before.view, before.extent);
        let (size, place) = splice::size_and_place(self.genome.bytes.len(), self.place, module.len());
        if size as u64 > bounds.component_bytes {
            return None;
        }
        let mut child = Extent { rest: parent.rest, functions: Vec::new(), body: Some(place) };
        let mut own = before.resources.filter(|_| before.is_changed).cloned();
        match compare(view, module)? {
            Difference::Bodies(changed) => {
                child.functions.clone_from(&parent.functions);
                let mut allocations = FuncValidatorAllocations::default();
                for (index, range) in changed {
                    let function = view.imported_functions + u32::try_from(index).ok()?;
                    let measured = match now {
                        Some(now) => {
                            let measured = measure_view(&*now.look(function)?);
                            debug_assert!(
                                measure(before, function, module, range, &mut allocations, bounds)
                                    .is_none_or(|again| again == measured),
                                "measured by its view"
                            );
                            measured
                        }
                        None => measure(before, function, module, range, &mut allocations, bounds)?,
                    };
                    *child.functions.get_mut(index)? = measured;
                }
            }
            Difference::Items => {
                let counts = whole(module, bounds, &mut child.functions)?;
                let old = |id: u8| view.section(id).and_then(|s| count(view.bytes.get(s.payload.clone())?));
                child.rest.functions =
                    (child.rest.functions + counts.functions).checked_sub(old(3).unwrap_or(0))?;
                child.rest.globals =
                    (child.rest.globals + counts.globals).checked_sub(old(6).unwrap_or(0))?;
                // The parent's types are among the child's, so the largest number of them can only have grown.
                child.rest.types = child.rest.types.max(counts.types);
                own = counts.resources;
            }
        }
        let mut measures = child.rest;
        child.functions.iter().for_each(|function| measures.add(function));
        measures.within(bounds).then_some(Fitting { extent: child, resources: own })
    }
}

/// Validates and measures the function at `range` of `module`, whose types and everything else are those of `before`.
fn measure(
    before: &Before<'_, '_>,
    function: u32,
    module: &[u8],
    range: std::ops::Range<usize>,
    allocations: &mut FuncValidatorAllocations,
    bounds: &Bounds,
) -> Option<Function> {
    let body = FunctionBody::new(BinaryReader::new(module.get(range.clone())?, range.start));
    let ty = before.view.functions.get(function as usize)?.type_index;
    let mut validated = || {
        let resources = before.resources?.clone();
        let to_validate = FuncToValidate { resources, index: function, ty, features: FEATURES };
        measure_function(to_validate, allocations, &body, bounds).ok()
    };
    let Some(plain) = measure_plain(before.view, ty, &body) else { return validated() };
    debug_assert!(validated().is_none_or(|again| again == plain), "measured as plain code");
    Some(plain)
}

impl Genome {
    /// Where the body module lies; none when it is within a nested component.
    pub(crate) fn body_place(&self) -> Option<&BodyPlace> {
        self.extent.body.as_ref()
    }
}

/// What functions of `module` may refer to, as the validator sees it.
fn resources(module: &[u8]) -> Option<ValidatorResources> {
    let mut validator = Validator::new_with_features(FEATURES);
    for payload in Parser::new(0).parse_all(module) {
        // Everything that functions may refer to comes before their code.
        if let ValidPayload::Func(function, _) = validator.payload(&payload.ok()?).ok()? {
            return Some(function.resources);
        }
    }
    None
}

/// How `module` differs from that of `view`; nothing where its imports or exports might.
fn compare(view: &ModuleView<'_>, module: &[u8]) -> Option<Difference> {
    if module.get(..8)? != view.bytes.get(..8)? {
        return None;
    }
    let mut old = view.sections.iter().filter(|section| section.id != 0).peekable();
    let mut bodies = Vec::new();
    let mut more = false;
    let mut reader = BinaryReader::new(module.get(8..)?, 8);
    while !reader.eof() {
        let id = reader.read_u8().ok()?;
        let size = reader.read_var_u32().ok()? as usize;
        let start = reader.original_position();
        let payload = reader.read_bytes(size).ok()?;
        if id == 0 {
            // Nothing of a custom section but its name is part of validation.
            BinaryReader::new(payload, start).read_string().ok()?;
            continue;
        }
        let Some(section) = old.next_if(|section| section.id == id) else {
            // A section that the parent does not have: never one that imports or exports.
            more = true;
            if matches!(id, 1 | 3 | 6 | 10) {
                continue;
            }
            return None;
        };
        let before = view.bytes.get(section.payload.clone())?;
        if payload == before {
            continue;
        }
        match id {
            10 => more |= !changed_bodies(view, payload, start, &mut bodies)?,
            // More items after the same ones leave every index what it was.
            1 | 3 | 6 if extends(before, payload)? => more = true,
            11 => more = true,
            _ => return None,
        }
    }
    match (old.next(), more) {
        (Some(_), _) => None,
        (None, true) => Some(Difference::Items),
        (None, false) => Some(Difference::Bodies(bodies)),
    }
}

/// Collects the bodies of the code section `payload`, which begins at `start`, that differ from the parent's; false
/// where there are more or fewer than the parent has.
fn changed_bodies(
    view: &ModuleView<'_>,
    payload: &[u8],
    start: usize,
    changed: &mut Vec<(usize, std::ops::Range<usize>)>,
) -> Option<bool> {
    let mut reader = BinaryReader::new(payload, start);
    let defined = view.functions.get(view.imported_functions as usize..)?;
    if reader.read_var_u32().ok()? as usize != defined.len() {
        return Some(false);
    }
    for (index, facts) in defined.iter().enumerate() {
        let size = reader.read_var_u32().ok()? as usize;
        let at = reader.original_position();
        let body = reader.read_bytes(size).ok()?;
        if size > MAX_BODY_BYTES {
            return None;
        }
        if body != view.bytes.get(facts.body.as_ref()?.range.clone())? {
            changed.push((index, at..at + size));
        }
    }
    reader.eof().then_some(true)
}

/// Whether the items of section `old` come first among those of section `new`.
fn extends(old: &[u8], new: &[u8]) -> Option<bool> {
    let items = |section| {
        let mut reader = BinaryReader::new(section, 0);
        let count = reader.read_var_u32().ok()?;
        Some((count, reader.read_bytes(reader.bytes_remaining()).ok()?))
    };
    let ((n_old, old), (n_new, new)) = (items(old)?, items(new)?);
    Some(n_new >= n_old && new.starts_with(old))
}

/// The number of items of a section.
fn count(section: &[u8]) -> Option<u64> {
    BinaryReader::new(section, 0).read_var_u32().ok().map(u64::from)
}

/// How many items a module declares.
#[derive(Default)]
struct Items {
    types: u64,
    functions: u64,
    globals: u64,
    /// What its functions may refer to.
    resources: Option<ValidatorResources>,
}

/// Validates and measures a whole module; nothing where it is not valid.
fn whole(module: &[u8], bounds: &Bounds, functions: &mut Vec<Function>) -> Option<Items> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut allocations = FuncValidatorAllocations::default();
    let mut items = Items::default();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.ok()?;
        match &payload {
            Payload::TypeSection(section) => items.types = u64::from(section.count()),
            Payload::FunctionSection(section) => items.functions = u64::from(section.count()),
            Payload::GlobalSection(section) => items.globals = u64::from(section.count()),
            _ => {}
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload).ok()? {
            items.resources.get_or_insert_with(|| function.resources.clone());
            functions.push(measure_function(function, &mut allocations, &body, bounds).ok()?);
        }
    }
    Some(items)
}

#[cfg(test)]
mod tests;
