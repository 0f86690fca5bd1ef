//! Every child is well-typed, the same for the same seed, and different from its parent.
//!
//! `FLUX_OFFSPRING` sets how many (module, operator, seed) triples and how many pairs of parents are tried; the
//! default is 2000 of each.

#![expect(clippy::unwrap_used, reason = "helpers of tests; the lint sees only test functions")]

mod genomes;
mod parents;
mod runs;

use std::collections::BTreeMap;

use flux_genome::breed::{BreedError, Crossing, breed};
use flux_genome::features::FEATURES;
use flux_genome::gene::{Bounds, COPY, Gene, GeneKind, GeneMap, Place, analyse};
use flux_genome::mutate::optimize_opcode::simplify;
use flux_genome::mutate::{MutateError, OperatorKind, Patch, assemble, mutate};
use flux_genome::rng::Rng;
use flux_genome::view::{FunctionView, ModuleView};
use flux_genome::window::{self, Window};
use wasmparser::{Validator, WasmFeatures};

#[expect(clippy::disallowed_methods, reason = "a test may read how much of it is wanted")]
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
            parents::renew(&mut pool, random.module(), &mut rng);
        }
        let parent = rng.pick(&pool).unwrap().clone();
        let donor = rng.pick(&pool).unwrap().clone();
        let operator = *rng.pick(&OperatorKind::GENERAL).unwrap();
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
        assert!(applied.len() == OperatorKind::GENERAL.len() && applied.values().all(|(_, done)| *done > 0));
    }
}

#[test]
fn operators_that_keep_the_meaning_keep_it() {
    /// The interpreter's `memory.grow` takes native stack each time, so that a loop of it needs a deep one.
    const STACK_BYTES: usize = 1 << 28;
    #[expect(clippy::disallowed_types, reason = "a deep stack comes with a thread only")]
    let held = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(keep_the_meaning);
    match held.unwrap().join() {
        Ok((compared, simplified)) => {
            println!("{compared} runs compared, {simplified} rules applied by simplifying");
        }
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn keep_the_meaning() -> (u64, usize) {
    let mut rng = Rng::new(2, "meaning");
    let mut random = parents::Random::new(12);
    let (mut compared, mut simplified) = (0, 0);
    for _ in 0..rounds() / 4 {
        let mut parent = random.runnable();
        for step in 0..4 {
            let (child, what) = match rng.below(3) {
                0 => {
                    let done = simplify(&parent, 200).unwrap();
                    simplified += done.applied.len();
                    (done.module, format!("{:?}", done.applied))
                }
                _ => match mutate(&parent, OperatorKind::OptimizeOpcode, None, rng.bits()) {
                    Ok(child) => (child.module, child.description),
                    Err(_) => break,
                },
            };
            if let Err(error) = validate(&parent, &child) {
                panic!("{what}: {error}\nparent:\n{}\nchild:\n{}", text(&parent), text(&child));
            }
            compared += runs::compare(&parent, &child, &mut rng, |difference| {
                panic!(
                    "step {step}, {what}: {difference}\nparent:\n{}\nchild:\n{}",
                    text(&parent),
                    text(&child)
                )
            });
            parent = child;
        }
    }
    assert!(compared > rounds() / 4);
    (compared, simplified)
}

/// Gives a module a map of genes of every kind that lies in code.
fn with_genes(module: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let view = ModuleView::parse(module).ok()?;
    let mut genes: Vec<Gene> = analyse(&view).genes.into_iter().filter(|_| rng.one_in(2)).take(40).collect();
    for function in view.defined() {
        let Ok(body) = view.function(function) else { continue };
        for _ in 0..3 {
            if let Some(window) = window::sample(&body, rng, |_| true) {
                let range = window.range.start as u32..window.range.end as u32;
                genes.push(Gene {
                    name: format!("w{}", genes.len()),
                    kind: GeneKind::Window,
                    place: Place::Code { function, range },
                    bounds: Bounds::None,
                });
            }
        }
    }
    for (index, gene) in genes.iter_mut().enumerate() {
        gene.name = format!("{}#{index}", gene.name);
    }
    let map = GeneMap { genes };
    let child = assemble(&view, &Patch { genes: Some(map.encode()), ..Patch::default() });
    (!map.genes.is_empty()).then_some(child)
}

fn genes_of(view: &ModuleView<'_>) -> GeneMap {
    match &view.genes {
        Some(range) => GeneMap::decode(&view.bytes[range.clone()]).unwrap(),
        None => GeneMap::default(),
    }
}

/// The bytes of the instructions of a gene.
fn code<'a>(view: &'a FunctionView<'_>, range: &std::ops::Range<u32>) -> &'a [u8] {
    &view.bytes[view.bytes_of(range.start as usize..range.end as usize)]
}

#[test]
fn gene_places_survive_or_go() {
    let mut rng = Rng::new(3, "genes");
    let mut random = parents::Random::new(13);
    let mut pool: Vec<Vec<u8>> = parents::handwritten();
    let (mut kept, mut gone, mut copied) = (0, 0, 0);
    for round in 0..rounds() {
        if round % 8 == 0 {
            parents::renew(&mut pool, random.module(), &mut rng);
        }
        let Some(parent) = with_genes(&rng.pick(&pool).unwrap().clone(), &mut rng) else { continue };
        let operator = *rng.pick(&OperatorKind::GENERAL).unwrap();
        let donor = rng.pick(&pool).unwrap().clone();
        let seed = rng.bits();
        let Ok(child) = mutate(&parent, operator, Some(&donor), seed) else { continue };
        if let Err(error) = validate(&parent, &child.module) {
            panic!(
                "{operator} with seed {seed}: {} (function {:?}): {error}\nparent:\n{}\nchild:\n{}\ndonor:\n{}",
                child.description,
                child.function,
                text(&parent),
                text(&child.module),
                text(&donor)
            );
        }
        let (before, after) =
            (ModuleView::parse(&parent).unwrap(), ModuleView::parse(&child.module).unwrap());
        let (old, new) = (genes_of(&before), genes_of(&after));
        for gene in &old.genes {
            let Some(now) = new.genes.iter().find(|other| other.name == gene.name) else {
                gone += 1;
                continue;
            };
            kept += 1;
            let (Place::Code { function, range }, Place::Code { function: same, range: moved }) =
                (&gene.place, &now.place)
            else {
                assert_eq!(gene, now);
                continue;
            };
            assert_eq!(function, same);
            let (Ok(then), Ok(body)) = (before.function(*function), after.function(*function)) else {
                continue;
            };
            let context = || format!("{operator}: {} of {gene:?}, now {now:?}", child.description);
            if gene.kind == GeneKind::Window {
                // The window is still one, with the same effect: between its ends only new code can have come in.
                let old = Window::of(&then, range.start as usize..range.end as usize).unwrap();
                let new = Window::of(&body, moved.start as usize..moved.end as usize);
                let kept = new.as_ref().is_some_and(|new| new.same_effect(&old));
                assert!(kept || child.function == Some(*function), "{}", context());
            } else {
                // A constant is still a constant of its type, and unless its operator names it, of its value.
                let (a, b) = (code(&then, range), code(&body, moved));
                assert_eq!(a[0], b[0], "{}", context());
                let turns = matches!(
                    operator,
                    OperatorKind::AdjustDecay
                        | OperatorKind::TuneThreshold
                        | OperatorKind::PerturbConstant
                        | OperatorKind::Substitute
                        | OperatorKind::Amplify
                        | OperatorKind::Prune
                        | OperatorKind::Exchange
                );
                assert!(a == b || turns, "{}", context());
            }
        }
        for gene in &new.genes {
            let is_copy = gene.name.ends_with(COPY);
            copied += u64::from(is_copy);
            let of = old.genes.iter().find(|other| other.name == gene.name.trim_end_matches(COPY)).unwrap();
            if let (true, Place::Code { function, range }, Place::Code { range: source, .. }) =
                (is_copy, &gene.place, &of.place)
                && let (Ok(then), Ok(body)) = (before.function(*function), after.function(*function))
            {
                assert_eq!(
                    code(&then, source),
                    code(&body, range),
                    "{operator}: {}: {gene:?}",
                    child.description
                );
            }
        }
    }
    println!("{kept} genes kept, {gone} gone, {copied} copied");
    assert!(kept > gone && gone > 0 && copied > 0);
}

/// Returns what a module imports, in order.
fn imports(module: &[u8]) -> Vec<String> {
    let view = ModuleView::parse(module).unwrap();
    view.imports.iter().map(|import| format!("{} {} {:?}", import.module, import.name, import.ty)).collect()
}

#[test]
fn children_of_two_parents_validate_and_differ() {
    let mut rng = Rng::new(4, "breeding");
    let mut random = parents::Random::new(14);
    let mut pool: Vec<Vec<u8>> = parents::handwritten();
    let (mut bred, mut homologous, mut slices, mut functions) = (0, 0, 0, 0);
    for round in 0..rounds() {
        if round % 8 == 0 {
            parents::renew(&mut pool, random.module(), &mut rng);
        }
        let a = rng.pick(&pool).unwrap().clone();
        // Half of the time the other parent is a relative: the same module, mutated a few times.
        let mut b = rng.pick(&pool).unwrap().clone();
        if rng.one_in(2) {
            b = a.clone();
            for _ in 0..4 {
                let operator = *rng.pick(&OperatorKind::GENERAL).unwrap();
                if let Ok(child) = mutate(&b, operator, None, rng.bits()) {
                    b = child.module;
                }
            }
        }
        let seed = rng.bits();
        let child = match breed(&a, &b, seed) {
            Ok(child) => child,
            Err(BreedError::Inapplicable(_)) => continue,
            Err(error) => panic!("{error}"),
        };
        bred += 1;
        match child.crossing {
            Crossing::Function => functions += 1,
            Crossing::Homologous { .. } => homologous += 1,
            Crossing::Slices { .. } => slices += 1,
        }
        // A parent with more features may give them on, so both must do without for the child to.
        let strict = if Validator::new_with_features(FEATURES).validate_all(&b).is_ok() { &a } else { &b };
        if let Err(error) = validate(strict, &child.module) {
            panic!(
                "seed {seed}: {}: {error}\na:\n{}\nb:\n{}\nchild:\n{}",
                child.description,
                text(&a),
                text(&b),
                text(&child.module)
            );
        }
        assert_ne!(child.module, a, "{}", child.description);
        assert_eq!(imports(&child.module), imports(&a), "{}", child.description);
        assert_eq!(breed(&a, &b, seed).unwrap().module, child.module);
    }
    println!("{bred} bred: {homologous} homologous, {slices} by slices, {functions} by functions");
    assert!(homologous > 0 && slices > 0 && functions > 0);
}
