//! Children of whole genomes: a prepared parent has the same children as one that is prepared anew, and each is
//! admitted as a stranger would be.

use std::collections::BTreeMap;

use flux_genome::limits::Bounds;
use flux_genome::offspring::{self, Choice, Offspring, OffspringError, Parent};
use flux_genome::rng::Rng;
use flux_genome::{Genome, text};

use crate::{parents, rounds};

/// Genomes with bodies written by hand and random ones.
fn genomes() -> Vec<Genome> {
    let hand = parents::handwritten().into_iter().chain([parents::sensing()]);
    let mut random = parents::Random::new(31);
    let random = std::iter::repeat_with(|| random.program()).take(60);
    hand.chain(random).filter_map(|module| text::from_binary(module, &Bounds::DEFAULT).ok()).collect()
}

/// Bounds of which one is so tight that children may pass it.
fn bounds(parent: &Genome, rng: &mut Rng) -> Bounds {
    let mut bounds = Bounds::DEFAULT;
    let size = parent.bytes().len() as u64;
    match rng.below(8) {
        0 => bounds.component_bytes = size + rng.below(8),
        1 => bounds.body_bytes = size / 4 + rng.below(64),
        2 => bounds.locals = rng.below(12),
        3 => bounds.operand_stack = rng.below(12),
        _ => {}
    }
    bounds
}

fn compare(
    kept: &Result<Offspring, OffspringError>,
    anew: &Result<Offspring, OffspringError>,
    parent: &Genome,
    bounds: &Bounds,
) {
    match (kept, anew) {
        (Ok(kept), Ok(anew)) => {
            assert_eq!(kept.genome, anew.genome);
            assert_eq!(
                (kept.origin, kept.function, &kept.description),
                (anew.origin, anew.function, &anew.description)
            );
            let stranger = Genome::admit(kept.genome.bytes(), bounds)
                .unwrap_or_else(|error| panic!("{}: {error}", kept.description));
            assert_eq!(stranger, kept.genome);
            assert_eq!(stranger.id(), kept.genome.id());
            assert_eq!(stranger.world(), parent.world());
            assert_eq!(stranger.capabilities(), kept.genome.capabilities());
            assert_eq!(stranger.body_module(), kept.genome.body_module());
            assert_eq!(stranger.anatomy(), kept.genome.anatomy());
        }
        (Err(kept), Err(anew)) => {
            assert!(kept.is_bad_luck(), "{kept}");
            assert_eq!(kept.to_string(), anew.to_string());
        }
        (kept, anew) => panic!("{kept:?} and {anew:?}"),
    }
}

#[test]
fn children_of_prepared_parents_are_the_same_and_genomes() {
    let genomes = genomes();
    let mut rng = Rng::new(5, "prepared");
    let mut made: BTreeMap<&str, u64> = BTreeMap::new();
    assert!(genomes.len() > 20, "{} genomes", genomes.len());
    let mut pool = genomes;
    for _ in 0..rounds().div_ceil(100) {
        let mut children = Vec::new();
        {
            let parents: Vec<Parent<'_>> = pool.iter().map(|genome| Parent::new(genome).unwrap()).collect();
            for _ in 0..100 {
                let (a, b) = (rng.pick(&parents).unwrap(), rng.pick(&parents).unwrap());
                let (seed, bounds) = (rng.bits(), bounds(a.genome(), &mut rng));
                let (kept, anew) = if rng.one_in(3) {
                    (a.breed(b, seed, &bounds), offspring::breed(a.genome(), b.genome(), seed, &bounds))
                } else {
                    let kept = a.mutate(Choice::Any, Some(b), seed, &bounds);
                    let donor = Some(b.genome());
                    (kept, offspring::mutate(a.genome(), Choice::Any, donor, seed, &bounds))
                };
                compare(&kept, &anew, a.genome(), &bounds);
                if let Ok(child) = kept {
                    *made.entry(child.origin.name()).or_default() += 1;
                    children.push(child.genome);
                }
            }
        }
        for child in children.into_iter().take(8) {
            let at = rng.index(pool.len());
            pool[at] = child;
        }
    }
    println!("{made:?}");
    assert!(made.len() >= 12, "{made:?}");
}
