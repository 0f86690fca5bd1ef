use super::*;
use crate::text;

const POWER: &str = r#"(module
    (func $power (export "run") (param $base i64) (param $exponent i64) (result i64) (local $product i64)
        (local.set $product (i64.const 1))
        (block $done
            (loop $again
                (br_if $done (i64.eqz (local.get $exponent)))
                (local.set $product (i64.mul (local.get $product) (local.get $base)))
                (local.set $exponent (i64.sub (local.get $exponent) (i64.const 1)))
                (br $again)))
        (local.get $product)))"#;

const SENSING: &str = r#"(module
    (import "senses" "sense" (func $sense (param i32) (result i64)))
    (import "senses" "act" (func $act (param i32 i64)))
    (func $follow (export "run") (param i64) (param i64) (result i64)
        (call $act (i32.const 1) (i64.shr_s (call $sense (i32.const 0)) (i64.const 1)))
        (i64.add (local.get 0) (i64.mul (local.get 1) (i64.const 3)))))"#;

fn genome(text: &str) -> Genome {
    text::compile(text, &Bounds::DEFAULT).unwrap()
}

#[test]
fn children_are_genomes_and_a_function_of_the_seed() {
    let (parent, donor) = (genome(POWER), genome(SENSING));
    for seed in 0..200 {
        let child = mutate(&parent, Choice::Any, Some(&donor), seed, &Bounds::DEFAULT).unwrap();
        assert_ne!(child.genome, parent, "{}", child.description);
        assert!(child.genome.capabilities().is_subset(parent.capabilities()));
        let Origin::Mutated(operator) = child.origin else { panic!("{:?}", child.origin) };
        let again =
            mutate(&parent, Choice::Operator(operator), Some(&donor), seed, &Bounds::DEFAULT).unwrap();
        assert_eq!(again.genome, child.genome);
        assert_eq!(again.description, child.description);
    }
}

#[test]
fn the_seed_reaches_every_operator_that_applies() {
    let mut seen: Vec<&str> = (0..300)
        .filter_map(|seed| mutate(&genome(SENSING), Choice::Any, None, seed, &Bounds::DEFAULT).ok())
        .map(|child| child.origin.name())
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() >= 10, "{seen:?}");
    assert!(!seen.contains(&"graft"), "there is no donor");
}

#[test]
fn an_operator_that_does_not_apply_says_so() {
    let parent = genome(r#"(module (func (export "run") (param i64) (result i64) (local.get 0)))"#);
    let error =
        mutate(&parent, Choice::Operator(OperatorKind::AddInstinct), None, 1, &Bounds::DEFAULT).unwrap_err();
    assert!(matches!(error, OffspringError::Inapplicable { operator: OperatorKind::AddInstinct, .. }));
    let error =
        mutate(&parent, Choice::Operator(OperatorKind::Graft), None, 1, &Bounds::DEFAULT).unwrap_err();
    assert_eq!(error.to_string(), "`graft` does not apply: there is no donor");
}

#[test]
fn a_child_past_a_bound_is_refused_and_the_next_operator_tried() {
    let parent = genome(POWER);
    let bounds = Bounds { component_bytes: parent.bytes().len() as u64, ..Bounds::DEFAULT };
    let error = mutate(&parent, Choice::Operator(OperatorKind::InsertNop), None, 1, &bounds).unwrap_err();
    assert!(matches!(error, OffspringError::Bound(_)));
    for seed in 0..20 {
        let child = mutate(&parent, Choice::Any, None, seed, &bounds).unwrap();
        assert!(child.genome.bytes().len() <= parent.bytes().len());
    }
}

#[test]
fn children_of_two_ask_for_no_more_than_the_first() {
    let (plain, sensing) = (genome(POWER), genome(SENSING));
    let mut born = 0;
    for seed in 0..200 {
        for (a, b) in [(&plain, &sensing), (&sensing, &plain)] {
            match breed(a, b, seed, &Bounds::DEFAULT) {
                Ok(child) => {
                    born += 1;
                    assert_eq!(child.origin.name(), "breed");
                    assert!(child.genome.capabilities().is_subset(a.capabilities()));
                    assert_eq!(breed(a, b, seed, &Bounds::DEFAULT).unwrap().genome, child.genome);
                }
                Err(error) => assert!(error.is_bad_luck(), "{error}"),
            }
        }
    }
    assert!(born > 100, "{born}");
}

/// What [`Parent::child`] is to return: a child after the other, each admitted by itself.
fn one_after_the_other(
    parent: &Genome,
    other: Option<&Genome>,
    operators: &[OperatorKind],
    donor: &Genome,
    seed: u64,
    bounds: &Bounds,
) -> Option<Genome> {
    let lucky = |result: Result<Offspring, OffspringError>| match result {
        Ok(child) => Some(child.genome),
        Err(error) if error.is_bad_luck() => None,
        Err(error) => panic!("{error}"),
    };
    let mut child = None;
    if let Some(other) = other {
        child = Some(lucky(breed(parent, other, seed, bounds))?);
    }
    for (at, operator) in operators.iter().enumerate() {
        let before = child.as_ref().unwrap_or(parent);
        let choice = Choice::Operator(*operator);
        let mutated = lucky(mutate(before, choice, Some(donor), seed.wrapping_add(at as u64), bounds));
        child = mutated.or(child);
    }
    child
}

#[test]
fn a_recipe_makes_what_its_steps_make_one_after_the_other() {
    let genomes = [genome(POWER), genome(SENSING)];
    let parents = genomes.each_ref().map(|genome| Parent::new(genome).unwrap());
    // With little room, children in between are left out for their size, locals, functions or nesting.
    let bounds = [
        Bounds::DEFAULT,
        Bounds { component_bytes: genomes[1].bytes().len() as u64 + 12, ..Bounds::DEFAULT },
        Bounds { locals: 2, functions: 4, nesting: 2, operand_stack: 4, types: 5, ..Bounds::DEFAULT },
    ];
    let (mut made, mut left_out) = (0, 0);
    for seed in 0..240 {
        let mut rng = Rng::new(seed, "recipe");
        let operators: Vec<OperatorKind> = (0..rng.index(6))
            .map(|_| OperatorKind::GENERAL[rng.index(OperatorKind::GENERAL.len())])
            .collect();
        let (at, donor) = (rng.index(2), rng.index(2));
        let other = rng.one_in(3).then_some(1 - at).filter(|_| !operators.is_empty());
        let bounds = &bounds[rng.index(3)];
        let (base, other_parent) = (&parents[at], other.map(|other| &parents[other]));
        let child = base.child(other_parent, &operators, Some(&parents[donor]), seed, bounds).unwrap();
        let other = other.map(|other| &genomes[other]);
        let expected = one_after_the_other(&genomes[at], other, &operators, &genomes[donor], seed, bounds);
        assert_eq!(child, expected, "{operators:?}, seed {seed}");
        match &child {
            // A child is as good a parent as any other.
            Some(child) => {
                made += 1;
                let again = Parent::new(child).unwrap().child(None, &operators, None, seed, bounds).unwrap();
                let stranger = Genome::admit(child.bytes().to_vec(), &Bounds::DEFAULT).unwrap();
                let donorless: Vec<OperatorKind> =
                    operators.iter().copied().filter(|it| *it != OperatorKind::Graft).collect();
                if donorless == operators {
                    let expected =
                        one_after_the_other(&stranger, None, &operators, &genomes[donor], seed, bounds);
                    assert_eq!(again, expected, "{operators:?}, seed {seed}");
                }
            }
            None => left_out += 1,
        }
    }
    assert!(made > 120 && left_out > 20, "{made} made, {left_out} left out");
}
