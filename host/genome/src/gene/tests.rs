use super::*;
use crate::mutate::{Splice, rewrite};

#[test]
fn a_map_reads_back_as_it_was_written() {
    let map = GeneMap {
        genes: vec![
            Gene {
                name: "half life".to_owned(),
                kind: GeneKind::Decay,
                place: Place::Code { function: 3, range: 7..8 },
                bounds: Bounds::Integer { low: -4, high: 900 },
            },
            Gene {
                name: "hello".to_owned(),
                kind: GeneKind::Prompt,
                place: Place::Data { segment: 1, range: 16..300 },
                bounds: Bounds::None,
            },
            Gene {
                name: "warmth".to_owned(),
                kind: GeneKind::Temperature,
                place: Place::Code { function: 3, range: 9..10 },
                bounds: Bounds::Float { low: 0.0, high: 2.0 },
            },
            Gene {
                name: "f4".to_owned(),
                kind: GeneKind::Function,
                place: Place::Function { function: 4 },
                bounds: Bounds::None,
            },
        ],
    };
    assert_eq!(GeneMap::decode(&map.encode()).unwrap(), map);
    assert_eq!(
        map.dump(),
        "decay       half life: function 3, instruction 7 (-4 to 900)\n\
         prompt      hello: data 1, bytes 16..300 (any)\n\
         temperature warmth: function 3, instruction 9 (0 to 2)\n\
         function    f4: function 4 (any)\n"
    );
    let bytes = map.encode();
    for cut in 0..bytes.len() {
        assert!(GeneMap::decode(&bytes[..cut]).is_err());
    }
    assert!(matches!(GeneMap::decode(&[9]), Err(GeneMapError::Version(9))));
}

#[test]
fn constants_are_told_apart_by_what_they_are_used_for() {
    let bytes = wat::parse_str(
        "(module (memory 1) (func (param i64) (result i64)
            local.get 0 i64.const 10 i64.lt_s
            if (result i64) local.get 0 i64.const 3 i64.mul
            else i32.const 64 i64.load i64.const 5 i64.add end))",
    )
    .unwrap();
    let map = analyse(&ModuleView::parse(&bytes).unwrap());
    let kinds: Vec<_> = map.genes.iter().map(|gene| gene.kind).collect();
    assert_eq!(kinds, [GeneKind::Function, GeneKind::Threshold, GeneKind::Decay, GeneKind::Constant]);
}

#[test]
fn the_bytes_of_a_map_are_known() {
    use crate::{Bounds as Limits, text};
    use wasm_encoder::Section;

    let plain =
        wat::parse_str(r#"(module (func (export "run") (param i64) (result i64) local.get 0))"#).unwrap();
    let gene = Gene {
        name: "all of it".to_owned(),
        kind: GeneKind::Function,
        place: Place::Function { function: 0 },
        bounds: Bounds::None,
    };
    let data = GeneMap { genes: vec![gene] }.encode();
    let section = wasm_encoder::CustomSection { name: SECTION.into(), data: data.into() };
    let mut mapped = plain.clone();
    section.append_to(&mut mapped);
    let n_bytes = (mapped.len() - plain.len()) as u64;
    let component = |module: Vec<u8>| text::from_binary(module, &Limits::DEFAULT).unwrap();
    assert_eq!(section_len(component(plain).bytes()), 0);
    assert_eq!(section_len(component(mapped).bytes()), n_bytes);
    assert_eq!(section_len(b"no component at all"), 0);
}

#[test]
fn a_gene_over_more_code_than_there_is_goes_at_once() {
    let bytes = wat::parse_str("(module (func (result i64) i64.const 1 i64.const 2 i64.add))").unwrap();
    let module = ModuleView::parse(&bytes).unwrap();
    let view = module.function(0).unwrap();
    let gene = |name: &str, range| Gene {
        name: name.to_owned(),
        kind: GeneKind::Window,
        place: Place::Code { function: 0, range },
        bounds: Bounds::None,
    };
    let genes = vec![gene("all there is", 0..3), gene("more", 1..u32::MAX)];
    let nop = Splice::replace(2..2, &[wasm_encoder::Instruction::Nop]);
    let carried = GeneMap { genes }.carried(&[rewrite(&view, vec![nop], &[])]);
    assert_eq!(carried.genes, [gene("all there is", 0..4)]);
}
