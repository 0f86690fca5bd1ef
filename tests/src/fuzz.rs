//! What the fuzzer runs: each target a function of bytes that panics where something is wrong.
//!
//! They are plain functions, so that the ordinary suite runs them too, over `fuzz/seeds` and `fuzz/regressions`.

pub mod bytecode;

use arbitrary::{Result, Unstructured};
use flux_genome::breed::{BreedError, breed};
use flux_genome::features::FEATURES;
use flux_genome::meter;
use flux_genome::mutate::{MutateError, OperatorKind, mutate};
use flux_genome::{Bounds, Genome, text};
use flux_lang::assembly;
use wasm_smith::{Component, Config, Module};
use wasmparser::{Validator, WasmFeatures};

/// What a target does with the fuzzer's bytes.
pub type Target = fn(&[u8]);

/// The targets by their names.
pub const TARGETS: [(&str, Target); 9] = [
    ("admit", admit),
    ("assemble", assemble),
    ("container", bytecode::container),
    ("decode", bytecode::decode),
    ("ecosystem", ecosystem),
    ("execute", bytecode::execute),
    ("meter", meter),
    ("rewrite", rewrite),
    ("verify", bytecode::verify),
];

/// Bytes of any kind are refused or admitted, and nothing else happens: as they are, behind the header of a component
/// and of a core module, and as the choices of a generator of valid modules and components.
pub fn admit(data: &[u8]) {
    let try_binary = |bytes: Vec<u8>| {
        _ = Genome::admit(bytes.as_slice(), &Bounds::DEFAULT);
        if let Ok(genome) = text::from_binary(bytes, &Bounds::DEFAULT) {
            assert!(text::print(&genome).is_ok(), "an admitted genome prints");
            let again = Genome::admit(genome.bytes(), &Bounds::DEFAULT);
            assert_eq!(again.as_ref(), Ok(&genome), "an admitted genome is admitted again");
        }
    };
    try_binary(data.to_vec());
    for header in [b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\0\0"] {
        try_binary([header.as_slice(), data].concat());
    }
    let mut choices = Unstructured::new(data);
    if let Ok(module) = Module::new(Config::default(), &mut choices) {
        try_binary(module.to_bytes());
    }
    if let Ok(component) = Component::new(Config::default(), &mut choices) {
        try_binary(component.to_bytes());
    }
}

/// Bytes of any kind are assembled or refused with a reason, and what is assembled is the same again by way of its
/// listing.
///
/// # Panics
/// Where it is not.
pub fn assemble(data: &[u8]) {
    assembly::fuzz_assemble(data);
}

/// Bytes of any kind are an ecosystem or not, for a reason; formatting settles, and what is printed is read as the same.
///
/// # Panics
/// Where it is not.
pub fn ecosystem(data: &[u8]) {
    flux_lang::ecosystem::fuzz_ecosystem(data);
}

/// The metered form of a module that keeps to [`FEATURES`] does so too; of other modules, metering does not panic.
///
/// # Panics
/// Where it is not.
pub fn meter(data: &[u8]) {
    let mut choices = Unstructured::new(data);
    let Ok(Parent { module, form: Form::Valid, .. }) = Parent::choose(&mut choices) else { return };
    let keeps_to_features = validate(FEATURES, &module).is_ok();
    if let Ok(metered) = meter::meter(&module, &meter::Options::DEFAULT) {
        let valid = validate(FEATURES, &metered);
        assert!(valid.is_ok() || !keeps_to_features, "the metered form is not valid: {valid:?}");
    }
}

/// Children of a valid module are valid, and different from their parents wherever an operator made one; a module
/// with damage is refused or rewritten to whatever, but nothing panics.
///
/// Operators are applied in turn, each to the child of the one before it, and the last child is bred with the first
/// parent.
///
/// # Panics
/// Where a child is not valid.
pub fn rewrite(data: &[u8]) {
    let mut choices = Unstructured::new(data);
    let Ok(Parent { module: first, form, seed }) = Parent::choose(&mut choices) else { return };
    let features = if validate(FEATURES, &first).is_ok() { FEATURES } else { WasmFeatures::WASM3 };
    let mut parent = first.clone();
    for operator in OperatorKind::ALL {
        let child = match (mutate(&parent, operator, Some(&first), seed), form) {
            (Ok(child), _) => child,
            (Err(MutateError::Inapplicable { .. }), _) | (Err(_), Form::Damaged) => continue,
            (Err(error), Form::Valid) => panic!("{operator} with seed {seed}: {error:?}"),
        };
        assert_ne!(child.module, parent, "{operator} with seed {seed}: {}", child.description);
        if form == Form::Valid {
            let valid = validate(features, &child.module);
            assert!(valid.is_ok(), "{operator} with seed {seed}: {}: {valid:?}", child.description);
        }
        parent = child.module;
    }
    match (breed(&parent, &first, seed), form) {
        (Ok(child), Form::Valid) => {
            assert_ne!(child.module, parent, "bred with seed {seed}: {}", child.description);
            let valid = validate(features, &child.module);
            assert!(valid.is_ok(), "bred with seed {seed}: {}: {valid:?}", child.description);
        }
        (Ok(_), Form::Damaged) | (Err(BreedError::Inapplicable(_)), _) | (Err(_), Form::Damaged) => {}
        (Err(error), Form::Valid) => panic!("bred with seed {seed}: {error:?}"),
    }
}

/// Whether a module is as it was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Valid,
    /// Some bytes of it are others.
    Damaged,
}

/// A module to rewrite.
struct Parent {
    module: Vec<u8>,
    form: Form,
    seed: u64,
}

impl Parent {
    /// Makes a module of what the fuzzer chooses.
    fn choose(choices: &mut Unstructured<'_>) -> Result<Self> {
        let flags: u8 = choices.arbitrary()?;
        let seed = choices.arbitrary()?;
        let damage: Vec<(u16, u8)> = if flags & 1 == 0 {
            Vec::new()
        } else {
            (0..=flags >> 5).map(|_| choices.arbitrary()).collect::<Result<_>>()?
        };
        let config = Config {
            min_funcs: 1,
            max_funcs: 8,
            max_imports: 4,
            max_tables: 2,
            max_memories: 2,
            max_types: 12,
            allow_start_export: true,
            exceptions_enabled: flags & 2 != 0,
            gc_enabled: flags & 4 != 0,
            simd_enabled: flags & 8 != 0,
            memory64_enabled: false,
            threads_enabled: false,
            relaxed_simd_enabled: false,
            ..Config::default()
        };
        let mut module = Module::new(config, choices)?.to_bytes();
        let form = if damage.is_empty() { Form::Valid } else { Form::Damaged };
        for (at, bits) in damage {
            let at = usize::from(at) % module.len();
            module[at] ^= bits;
        }
        Ok(Self { module, form, seed })
    }
}

fn validate(features: WasmFeatures, module: &[u8]) -> Result<(), wasmparser::BinaryReaderError> {
    Validator::new_with_features(features).validate_all(module).map(|_| ())
}
