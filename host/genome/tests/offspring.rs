//! Every child is well-typed, the same for the same seed, and different from its parent.
//!
//! `FLUX_OFFSPRING` sets how many (module, operator, seed) triples and how many pairs of parents are tried; the
//! default is 2000 of each.

mod parents;

use std::collections::BTreeMap;

use flux_genome::features::FEATURES;
use flux_genome::mutate::{MutateError, OperatorKind, mutate};
use flux_genome::rng::Rng;
use wasmparser::{Validator, WasmFeatures};

fn rounds() -> u64 {
    std::env::var("FLUX_OFFSPRING").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
}

/// Validates a child as its parent validates: with our features, or where the parent needs more, with more.
fn validate(parent: &[u8], child: &[u8]) -> Result<(), wasmparser::Error> {
    let valid = |features, module| Validator::new_with_features(features).validate_all(module).map(|_| ());
    match valid(FEATURES, parent) {
        Ok(()) => valid(FEATURES, child),
        Err(_) => valid(WasmFeatures::WASM3, child),
    }
}

fn text(module: &[u8]) -> String {
    wasmprinter::print_bytes(module).unwrap_or_else(|error| error.to_string())
}

#[test]
fn children_of_one_parent_validate_and_differ() {
    let mut applied: BTreeMap<OperatorKind, (u64, u64)> = BTreeMap::new();
    let mut rng = Rng::new(1, "offspring");
    let handwritten = parents::handwritten();
    let mut random = parents::Random::new(11);
    let mut pool: Vec<Vec<u8>> = handwritten.clone();
    for round in 0..rounds() {
        // Fresh random modules come in all the time; some children become parents themselves.
        if round % 8 == 0 {
            let fresh = random.module();
            if pool.len() > 64 {
                let at = handwritten.len() + rng.index(pool.len() - handwritten.len());
                pool[at] = fresh;
            } else {
                pool.push(fresh);
            }
        }
        let parent = rng.pick(&pool).unwrap().clone();
        let donor = rng.pick(&pool).unwrap().clone();
        let operator = *rng.pick(&OperatorKind::ALL).unwrap();
        let seed = rng.bits();
        let count = applied.entry(operator).or_default();
        count.0 += 1;
        let child = match mutate(&parent, operator, Some(&donor), seed) {
            Ok(child) => child,
            Err(MutateError::Inapplicable { .. }) => continue,
            Err(error) => panic!("{operator} with seed {seed}: {error}\n{}", text(&parent)),
        };
        count.1 += 1;
        if let Err(error) = validate(&parent, &child.module) {
            panic!(
                "{operator} with seed {seed}: {} (function {:?}): {error}\nparent:\n{}\nchild:\n{}",
                child.description,
                child.function,
                text(&parent),
                text(&child.module)
            );
        }
        assert_ne!(child.module, parent, "{operator}: {}", child.description);
        let again = mutate(&parent, operator, Some(&donor), seed).unwrap();
        assert_eq!(again.module, child.module, "{operator} is not deterministic");
        if child.module.len() < 20_000 && rng.one_in(8) {
            let at = rng.index(pool.len() - handwritten.len());
            pool[handwritten.len() + at] = child.module;
        }
    }
    println!("{:<20} {:>8} {:>8}", "operator", "tried", "applied");
    for (operator, (tried, done)) in &applied {
        println!("{:<20} {tried:>8} {done:>8}", operator.name());
    }
    if rounds() >= 2000 {
        assert!(applied.len() == OperatorKind::ALL.len() && applied.values().all(|(_, done)| *done > 0));
    }
}
