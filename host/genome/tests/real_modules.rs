//! Modules that nobody here wrote: every child is well-typed, the same for the same seed, and different from its
//! parent.
//!
//! `FLUX_REAL_MODULES` names a folder of `.wasm` files (`.ci/real-modules` fetches some); without it nothing is
//! tried. `FLUX_OFFSPRING` sets how many (module, operator, seed) triples and how many pairs of parents are tried;
//! the default is 2000 and a tenth of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests; the lint sees only test functions")]
#![expect(clippy::disallowed_methods, reason = "a test reads files, and how much of it is wanted")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use flux_genome::breed::{BreedError, breed};
use flux_genome::features::FEATURES;
use flux_genome::mutate::{MutateError, OperatorKind, mutate};
use flux_genome::rng::Rng;
use wasmparser::{Validator, WasmFeatures};

/// A module with the features that it needs.
struct Real {
    name: String,
    bytes: Vec<u8>,
    features: WasmFeatures,
}

impl Real {
    fn holds(&self, child: &[u8]) -> Result<(), wasmparser::Error> {
        Validator::new_with_features(self.features).validate_all(child).map(|_| ())
    }
}

/// The core modules in `folder`, in the order of their names.
fn read(folder: &Path) -> Vec<Real> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension() == Some(OsStr::new("wasm")));
    paths.sort();
    let modules = paths.iter().map(|path| {
        let bytes = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // As our features have it, or where a module needs more, with more.
        let features = [FEATURES, WasmFeatures::WASM3];
        let features = features
            .into_iter()
            .find(|&features| Validator::new_with_features(features).validate_all(&bytes).is_ok())
            .unwrap_or_else(|| panic!("{name} is not valid"));
        Real { name, bytes, features }
    });
    modules.collect()
}

#[test]
fn children_of_real_modules_validate_and_differ() {
    let Some(folder) = std::env::var_os("FLUX_REAL_MODULES") else {
        println!("skipped: `FLUX_REAL_MODULES` names no folder; `.ci/real-modules` fetches one");
        return;
    };
    let rounds: u64 = std::env::var("FLUX_OFFSPRING").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    // Relative to the root of the repository, where people stand.
    let modules = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder));
    assert!(modules.len() >= 5, "expected at least five modules, found {}", modules.len());
    let mut rng = Rng::new(1, "real modules");
    let mut applied: BTreeMap<OperatorKind, (u64, u64)> = BTreeMap::new();
    for _ in 0..rounds {
        let parent = rng.pick(&modules).unwrap();
        let donor = &rng.pick(&modules).unwrap().bytes;
        let operator = *rng.pick(&OperatorKind::GENERAL).unwrap();
        let seed = rng.bits();
        let count = applied.entry(operator).or_default();
        let child = match mutate(&parent.bytes, operator, Some(donor), seed) {
            Ok(child) => child,
            Err(MutateError::Inapplicable { .. }) => {
                count.1 += 1;
                continue;
            }
            Err(error) => panic!("{}: {operator} with seed {seed}: {error}", parent.name),
        };
        count.0 += 1;
        let what = format!(
            "{}: {operator} with seed {seed}: {} ({:?})",
            parent.name, child.description, child.function
        );
        assert!(child.module != parent.bytes, "{what}: the child is its parent");
        if let Err(error) = parent.holds(&child.module) {
            panic!("{what}: {error}");
        }
        let again = mutate(&parent.bytes, operator, Some(donor), seed).unwrap();
        assert!(again.module == child.module, "{what}: another child for the same seed");
    }
    println!("{} modules, {rounds} triples", modules.len());
    println!("{:<20} {:>8} {:>12}", "operator", "applied", "inapplicable");
    for (operator, (done, inapplicable)) in &applied {
        println!("{:<20} {done:>8} {inapplicable:>12}", operator.name());
    }
    let (mut bred, mut not_bred) = (0, 0);
    for _ in 0..rounds / 10 {
        let a = rng.pick(&modules).unwrap();
        let b = rng.pick(&modules).unwrap();
        let seed = rng.bits();
        let child = match breed(&a.bytes, &b.bytes, seed) {
            Ok(child) => child,
            Err(BreedError::Inapplicable(_)) => {
                not_bred += 1;
                continue;
            }
            Err(error) => panic!("{} with {}, seed {seed}: {error}", a.name, b.name),
        };
        bred += 1;
        let what = format!("{} with {}, seed {seed}: {}", a.name, b.name, child.description);
        assert!(child.module != a.bytes, "{what}: the child is its parent");
        if let Err(error) = a.holds(&child.module) {
            panic!("{what}: {error}");
        }
        assert!(breed(&a.bytes, &b.bytes, seed).unwrap().module == child.module, "{what}: another child");
    }
    println!("bred {bred}, not bred {not_bred}");
}
