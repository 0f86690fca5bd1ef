//! Operators for ecosystems on a module written by hand, and on maps that lie.

use wasm_encoder::Section;

use super::super::{Mutation, OperatorKind, mutate};
use crate::gene::slot::Slot;
use crate::gene::{Bounds, Gene, GeneKind, GeneMap, Place, SECTION};
use crate::rng::Rng;
use crate::view::ModuleView;

/// A pipeline that calls one stage twice; the data is a word that says where it ends, and two slots.
const TEXT: &str = r#"(module (memory 1)
    (func (param i32 i32) (result i32 i32) local.get 0 local.get 1 call 1 call 1)
    (func (param i32 i32) (result i32 i32)
        i32.const 16 drop i32.const 48 drop f32.const 0.5 drop i32.const 16 drop local.get 0 local.get 1)
    (data (i32.const 8) "\50\00\00\00\00\00\00\00"
        "\0c\00\00\00One. {input}                "
        "\04\00\00\00Two.                        "))"#;

fn with_genes(genes: Vec<Gene>) -> Vec<u8> {
    let mut module = wat::parse_str(TEXT).unwrap();
    let data = GeneMap { genes }.encode();
    wasm_encoder::CustomSection { name: SECTION.into(), data: data.into() }.append_to(&mut module);
    module
}

fn gene(name: &str, kind: GeneKind, place: Place, bounds: Bounds) -> Gene {
    Gene { name: name.to_owned(), kind, place, bounds }
}

fn code(function: u32, at: u32) -> Place {
    Place::Code { function, range: at..at + 1 }
}

fn data(range: std::ops::Range<u32>) -> Place {
    Place::Data { segment: 0, range }
}

fn module() -> Vec<u8> {
    let may_go = Bounds::Integer { low: 0, high: 1 };
    with_genes(vec![
        gene("q/a", GeneKind::Stage, code(0, 2), may_go),
        gene("q/b", GeneKind::Stage, code(0, 3), may_go),
        gene("q/a/temperature", GeneKind::Temperature, code(1, 4), Bounds::Float { low: 0.0, high: 2.0 }),
        // An address that is a gene is none.
        gene("q/a/tokens", GeneKind::Constant, code(1, 6), Bounds::None),
        gene("q/a/prompt", GeneKind::Prompt, data(8..40), Bounds::None),
        gene("q/a/observe", GeneKind::Prompt, data(40..72), Bounds::None),
    ])
}

fn child(operator: OperatorKind, seed: u64) -> Mutation {
    let child = mutate(&module(), operator, None, seed).unwrap();
    wasmparser::Validator::new_with_features(crate::features::FEATURES).validate_all(&child.module).unwrap();
    child
}

/// The genes of a module with what they hold.
fn contents(module: &[u8]) -> Vec<String> {
    let view = ModuleView::parse(module).unwrap();
    let map = view.gene_map().unwrap();
    let content = |gene: &Gene| crate::gene::content(gene, &view).unwrap_or_default();
    map.genes.iter().map(|gene| format!("{}: {}", gene.name, content(gene))).collect()
}

#[test]
fn a_stage_that_is_added_has_texts_and_constants_of_its_own() {
    let child = child(OperatorKind::AddStage, 1).module;
    let view = ModuleView::parse(&child).unwrap();
    let end = view.data[0].contents.len() + 8;
    assert_eq!(child[view.data[0].contents.clone()][..4], (end as u32).to_le_bytes());
    let found = contents(&child);
    assert_eq!(found.len(), 11, "{found:?}");
    for name in [
        "prompt: \"One. {input}\"",
        "observe: \"Two.\"",
        "temperature: f32.const 0.5",
        "tokens: i32.const 16",
    ] {
        let n = found.iter().filter(|gene| gene.ends_with(name)).count();
        assert_eq!(n, 2, "{name}: {found:?}");
    }
    // The copy looks at its own texts.
    let map = view.gene_map().unwrap();
    let body = view.function(2).unwrap();
    let text = |at: usize| match body.op(at) {
        Some(wasmparser::Operator::I32Const { value }) => {
            let slots = map.genes.iter().filter_map(|gene| Slot::of(gene, &view));
            slots
                .into_iter()
                .find(|slot| slot.address == Some(value.cast_unsigned()))
                .map(|slot| (slot.text, *value))
        }
        _ => None,
    };
    assert_eq!(text(0).unwrap(), ("One. {input}", 80));
    assert_eq!(text(2).unwrap(), ("Two.", 112));
    assert_eq!(text(6).unwrap(), ("One. {input}", 16));
}

#[test]
fn a_stage_that_goes_leaves_its_function_to_the_other_call() {
    let child = child(OperatorKind::DropStage, 1).module;
    assert_eq!(contents(&child).len(), 5);
}

#[test]
fn prompts_keep_their_place_for_the_input() {
    let mut n_children = 0;
    for seed in 0..40 {
        let Ok(child) = mutate(&module(), OperatorKind::RewordPrompt, None, seed) else { continue };
        n_children += 1;
        let found = contents(&child.module);
        assert!(found[4].contains("{input}") && !found[5].contains("{input}"), "{found:?}");
    }
    assert!(n_children > 10, "{n_children}");
}

#[test]
fn maps_that_lie_do_no_harm() {
    let mut rng = Rng::new(1, "lies");
    let (mut children, mut none) = (0, 0);
    for seed in 0..400 {
        let number = |rng: &mut Rng| {
            rng.pick(&[0, 1, 2, 3, 4, 6, 8, 40, 72, 73, 5000, u32::MAX - 1, u32::MAX]).copied().unwrap()
        };
        let genes = (0..rng.index(8)).map(|_| {
            let kind = *rng.pick(&GeneKind::ALL).unwrap();
            let (a, b) = (number(&mut rng), number(&mut rng));
            let range = a.min(b)..a.max(b).max(a.min(b).saturating_add(1));
            let place = match rng.below(3) {
                0 => Place::Code { function: rng.index(4) as u32, range },
                1 => Place::Data { segment: rng.index(2) as u32, range },
                _ => code(rng.index(2) as u32, rng.index(9) as u32),
            };
            gene("g", kind, place, *rng.pick(&[Bounds::None, Bounds::Integer { low: 0, high: 1 }]).unwrap())
        });
        let parent = with_genes(genes.collect());
        for operator in OperatorKind::OF_ECOSYSTEMS {
            match mutate(&parent, operator, None, seed) {
                Ok(child) => {
                    let mut validator = wasmparser::Validator::new_with_features(crate::features::FEATURES);
                    validator.validate_all(&child.module).unwrap();
                    children += 1;
                }
                Err(_) => none += 1,
            }
        }
    }
    assert!(children > 0 && none > 0, "{children}, {none}");
}
