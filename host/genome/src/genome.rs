//! The genome: an immutable component of one of our worlds, and its identity.

use std::fmt;
use std::sync::{Arc, OnceLock};

use wasmparser::{FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator, ValidatorResources};

pub(crate) use self::extent::Extent;
use self::extent::{Measures, measure_function};
use crate::anatomy::{self, Anatomy};
use crate::capability::{Capability, CapabilitySet};
use crate::features::FEATURES;
use crate::limits::{self, Bound, BoundError, Bounds};
use crate::world::{self, World};

mod extent;
mod spliced;

pub(crate) use self::spliced::{Before, Fitting, Socket};

/// The identity of a genome: the BLAKE3 hash of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenomeId([u8; 32]);

/// A text is not the identity of a genome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits, found `{text}`")]
pub struct ParseGenomeIdError {
    /// The text.
    pub text: String,
}

impl std::str::FromStr for GenomeId {
    type Err = ParseGenomeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| ParseGenomeIdError { text: text.to_owned() })?;
        Ok(Self(*hash.as_bytes()))
    }
}

impl GenomeId {
    /// The identity of a component with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first twelve hexadecimal digits, enough for people within one run.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(12);
        text
    }
}

impl fmt::Display for GenomeId {
    /// 64 lowercase hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for GenomeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GenomeId({self})")
    }
}

/// A component that has been admitted: valid, within bounds, and of one of our worlds.
///
/// Cheap to clone: the bytes are shared.
#[derive(Clone)]
pub struct Genome {
    bytes: Arc<[u8]>,
    id: GenomeId,
    world: World,
    capabilities: CapabilitySet,
    extent: Arc<Extent>,
    /// What the functions of the body module may refer to, as the validator sees it, once somebody asked for it; children
    /// of which only bodies differ share it.
    resources: Arc<OnceLock<Option<ValidatorResources>>>,
}

impl PartialEq for Genome {
    /// Everything else follows from the bytes.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.bytes == other.bytes
    }
}

impl Eq for Genome {}

impl Genome {
    /// Admits a component.
    ///
    /// The bounds are checked in one pass, before validation of each function, so that the time spent on a hostile
    /// component is linear in its size up to the bound that stops it.
    ///
    /// # Errors
    /// * [`AdmitError::NotWasm`]: the bytes do not begin as WebAssembly does.
    /// * [`AdmitError::CoreModule`]: a core module; compile it first.
    /// * [`AdmitError::Bound`]: a bound is passed.
    /// * [`AdmitError::Invalid`]: not valid, or it uses a feature outside [`FEATURES`].
    /// * [`AdmitError::Wasi`], [`AdmitError::UnknownImport`]: it imports what no host here offers.
    /// * [`AdmitError::NoEntry`]: it exports no world's function.
    /// * [`AdmitError::WrongSignature`]: names are right, types are not.
    pub fn admit(bytes: impl Into<Arc<[u8]>>, bounds: &Bounds) -> Result<Self, AdmitError> {
        let bytes = bytes.into();
        limits::check(Bound::ComponentBytes, bounds.component_bytes, bytes.len() as u64, None)?;
        if !bytes.starts_with(b"\0asm") {
            return Err(AdmitError::NotWasm);
        }
        if Parser::is_core_wasm(&bytes) {
            return Err(AdmitError::CoreModule);
        }
        let outline = validate(&bytes, bounds)?;
        let mut capabilities = CapabilitySet::EMPTY;
        for import in &outline.imports {
            capabilities = capabilities.union(read_import(import)?);
        }
        let mut worlds =
            World::ALL.into_iter().filter(|world| outline.exports.iter().any(|name| name == world.export()));
        let world = match (worlds.next(), worlds.next()) {
            (Some(world), None) => world,
            (None, _) => return Err(AdmitError::NoEntry { exports: outline.exports }),
            (Some(_), Some(_)) => return Err(AdmitError::TwoEntries),
        };
        let (resolve, world_id) = world.resolve();
        wit_component::targets(resolve, world_id, &bytes)
            .map_err(|error| AdmitError::WrongSignature { world, reason: last_cause(&error) })?;
        // INVARIANT: the component was validated, so that parsing it again cannot fail.
        let body = anatomy::locate_body(&bytes, world).ok().flatten();
        let extent = Arc::new(Extent::new(outline.measures, outline.functions, body));
        Ok(Self { id: GenomeId::of(&bytes), bytes, world, capabilities, extent, resources: Arc::default() })
    }

    /// The component's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The identity.
    #[must_use]
    pub fn id(&self) -> GenomeId {
        self.id
    }

    /// The world that it is of.
    #[must_use]
    pub fn world(&self) -> World {
        self.world
    }

    /// What it asks to be able to do: the interfaces that it imports.
    #[must_use]
    pub fn capabilities(&self) -> CapabilitySet {
        self.capabilities
    }

    /// What it is made of.
    #[must_use]
    pub fn anatomy(&self) -> Anatomy {
        Anatomy::of_admitted(self)
    }
}

impl fmt::Debug for Genome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Genome({}, {}, {} bytes)", self.id.short(), self.world, self.bytes.len())
    }
}

/// Bytes are not a genome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmitError {
    /// The bytes do not begin as WebAssembly does.
    #[error("expected a WebAssembly component, found something that is not WebAssembly")]
    NotWasm,
    /// A core module stands where a component must.
    #[error("expected a WebAssembly component, found a core module")]
    CoreModule,
    /// A bound is passed.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// The validator rejects it.
    #[error("the component is not valid: {reason} (at byte {offset})")]
    Invalid {
        /// The validator's reason.
        reason: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
    /// It imports a WASI interface.
    #[error("the component imports `{import}`; genomes have no WASI")]
    Wasi {
        /// The import's name.
        import: String,
    },
    /// It imports something that is not in the contract.
    #[error("the component imports `{import}`, which no host of genomes offers")]
    UnknownImport {
        /// The import's name.
        import: String,
    },
    /// It exports no world's function.
    #[error("expected an export `run` or `answer`, found {}", name_list(exports))]
    NoEntry {
        /// What it exports instead.
        exports: Vec<String>,
    },
    /// It exports the functions of two worlds.
    #[error("expected an export `run` or `answer`, found both")]
    TwoEntries,
    /// An import or export has the right name and another type.
    #[error("the component does not fit world `{world}`: {reason}")]
    WrongSignature {
        /// The world it was held against.
        world: World,
        /// What does not fit.
        reason: String,
    },
}

impl AdmitError {
    /// A short stable name, used in JSON and in the hostile suite.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotWasm => "not-wasm",
            Self::CoreModule => "core-module",
            Self::Bound(error) => error.bound.code(),
            Self::Invalid { .. } => "invalid",
            Self::Wasi { .. } => "wasi",
            Self::UnknownImport { .. } => "unknown-import",
            Self::NoEntry { .. } => "no-entry",
            Self::TwoEntries => "two-entries",
            Self::WrongSignature { .. } => "wrong-signature",
        }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::CoreModule => Some("make a component of it with `flux compile`"),
            Self::Bound(_) => Some("shrink the genome, or raise the bound with `--bound NAME=VALUE`"),
            Self::Wasi { .. } => Some(
                "build for `wasm32-unknown-unknown`, or without the standard library's input, output and clock",
            ),
            Self::UnknownImport { .. } => {
                Some("import only interfaces of `flux:genome`; `flux info --wit` prints them")
            }
            Self::NoEntry { .. } => Some("export `run` (world `program`) or `answer` (world `ecosystem`)"),
            Self::WrongSignature { .. } => Some("`flux info --wit` prints the signatures"),
            Self::NotWasm | Self::Invalid { .. } | Self::TwoEntries => None,
        }
    }
}

/// What to do about imports of WASI.
pub(crate) const WASI_HINT: &str =
    "build for `wasm32-unknown-unknown`, or without the standard library's input, output and clock";

fn name_list(names: &[String]) -> String {
    if names.is_empty() {
        return "no export".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The innermost message of an error, which is the one that says what does not fit.
fn last_cause(error: &impl fmt::Debug) -> String {
    let text = format!("{error:?}");
    let cause = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let cause = cause.strip_prefix("0: ").unwrap_or(cause);
    cause.split(" (at offset").next().unwrap_or(cause).to_owned()
}

/// Names at the component's own border, and what was measured inside.
struct Outline {
    imports: Vec<String>,
    exports: Vec<String>,
    /// Functions left out.
    measures: Measures,
    /// Each function with the offset of its body.
    functions: Vec<(usize, extent::Function)>,
}

/// Validates a component and holds it against `bounds`, in one pass.
fn validate(bytes: &[u8], bounds: &Bounds) -> Result<Outline, AdmitError> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut allocations = FuncValidatorAllocations::default();
    let mut outline = Outline {
        imports: Vec::new(),
        exports: Vec::new(),
        measures: Measures::default(),
        functions: Vec::new(),
    };
    let mut counts = Counts::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| invalid(&error))?;
        counts.hold(&payload, bounds)?;
        match &payload {
            Payload::ComponentImportSection(section) if counts.depth == 1 => {
                for import in section.clone() {
                    outline.imports.push(import.map_err(|error| invalid(&error))?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if counts.depth == 1 => {
                for export in section.clone() {
                    outline.exports.push(export.map_err(|error| invalid(&error))?.name.name.to_owned());
                }
            }
            _ => {}
        }
        if let ValidPayload::Func(function, body) =
            validator.payload(&payload).map_err(|error| invalid(&error))?
        {
            let measured = measure_function(function, &mut allocations, &body, bounds)?;
            counts.work = counts.work.saturating_add(measured.work);
            limits::check(Bound::CompileWork, bounds.compile_work, counts.work, None)?;
            outline.functions.push((body.range().start, measured));
        }
    }
    outline.measures = counts.measures;
    Ok(outline)
}

/// What has been counted so far.
#[derive(Default)]
struct Counts {
    /// How many components and modules are open: 1 at the component's own level.
    depth: u64,
    work: u64,
    measures: Measures,
}

impl Counts {
    /// Counts what `payload` declares.
    fn hold(&mut self, payload: &Payload<'_>, bounds: &Bounds) -> Result<(), AdmitError> {
        let all = &mut self.measures;
        match payload {
            Payload::Version { .. } => {
                self.depth += 1;
                // A module inside the innermost component allowed makes one level more.
                let depth = self.depth.saturating_sub(1);
                limits::check(Bound::ComponentDepth, bounds.component_depth, depth, None)?;
                all.component_depth = all.component_depth.max(depth);
            }
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::ModuleSection { .. } => {
                all.modules += 1;
                limits::check(Bound::Modules, bounds.modules, all.modules, None)?;
            }
            Payload::TypeSection(section) => {
                let types = u64::from(section.count());
                limits::check(Bound::Types, bounds.types, types, None)?;
                all.types = all.types.max(types);
            }
            Payload::FunctionSection(section) => {
                all.functions += u64::from(section.count());
                limits::check(Bound::Functions, bounds.functions, all.functions, None)?;
            }
            Payload::GlobalSection(section) => {
                all.globals += u64::from(section.count());
                limits::check(Bound::Globals, bounds.globals, all.globals, None)?;
            }
            Payload::MemorySection(section) => {
                let mut pages = 0u64;
                for memory in section.clone() {
                    pages = pages.saturating_add(memory.map_err(|error| invalid(&error))?.initial);
                }
                limits::check(Bound::MemoryPages, bounds.memory_pages, pages, None)?;
                all.memory_pages = all.memory_pages.max(pages);
            }
            Payload::TableSection(section) => {
                let mut elements = 0u64;
                for table in section.clone() {
                    elements = elements.saturating_add(table.map_err(|error| invalid(&error))?.ty.initial);
                }
                limits::check(Bound::TableElements, bounds.table_elements, elements, None)?;
                all.table_elements = all.table_elements.max(elements);
            }
            Payload::CodeSectionEntry(body) => {
                limits::check(Bound::BodyBytes, bounds.body_bytes, body.range().len() as u64, None)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn invalid(error: &wasmparser::BinaryReaderError) -> AdmitError {
    AdmitError::Invalid { reason: error.message().to_owned(), offset: error.offset() as u64 }
}

/// The capability that an import stands for; none for the shared types and for types of the world itself.
fn read_import(name: &str) -> Result<CapabilitySet, AdmitError> {
    if name.starts_with("wasi:") || name.starts_with("wasi_") {
        return Err(AdmitError::Wasi { import: name.to_owned() });
    }
    let unknown = || AdmitError::UnknownImport { import: name.to_owned() };
    // World-level type imports (`use types.{fault}` in a world) have no package.
    if !name.contains(':') {
        return if name == "fault" { Ok(CapabilitySet::EMPTY) } else { Err(unknown()) };
    }
    let interface = name
        .strip_prefix(world::PACKAGE)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.strip_suffix(world::PACKAGE_VERSION))
        .and_then(|rest| rest.strip_suffix('@'))
        .ok_or_else(unknown)?;
    if interface == "types" {
        return Ok(CapabilitySet::EMPTY);
    }
    let capability: Capability = interface.parse().map_err(|_| unknown())?;
    Ok([capability].into_iter().collect())
}
