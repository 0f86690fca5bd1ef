//! What does a child cost? The baseline is admitting the finished child as a stranger would be admitted.
//!
//! A child here is everything: the mutation by an operator that the seed draws, or the crossing, the new component, its
//! validation within bounds and its identity. Parents are prepared once; the last figure prepares one for each child.

use std::hint::black_box;

use flux_benches::{ratio, workloads};
use flux_genome::offspring::{self, Choice, Parent};
use flux_genome::{Bounds, Genome};

fn main() {
    let modules = [
        ("tiny", workloads::genome(workloads::CALLS)),
        ("30 functions", workloads::genome(&workloads::chain(30))),
        ("one body of 3 KB", workloads::genome(&workloads::long_body(190))),
    ];
    for (name, genome) in &modules {
        let bytes = genome.bytes().to_vec();
        let name = format!("offspring/{name}, {} bytes", bytes.len());
        let admit = || drop(black_box(Genome::admit(black_box(bytes.as_slice()), &Bounds::DEFAULT)));
        let parent = Parent::new(genome).expect("a parent");
        let mut seed = 0;
        let mut next = || {
            seed += 1;
            seed
        };
        let mutate = || {
            drop(black_box(parent.mutate(Choice::Any, Some(&parent), next(), &Bounds::DEFAULT)));
        };
        ratio::measure(&format!("{name}, mutation"), mutate, admit);
        // Relatives, as they are in a population.
        let relatives: Vec<Genome> = (0..20)
            .filter_map(|seed| {
                let child = parent.mutate(Choice::Any, None, seed, &Bounds::DEFAULT).ok()?;
                Some(offspring::mutate(&child.genome, Choice::Any, None, seed, &Bounds::DEFAULT).ok()?.genome)
            })
            .collect();
        let others: Vec<Parent<'_>> =
            relatives.iter().filter_map(|relative| Parent::new(relative).ok()).collect();
        let mut pairs = others.iter().cycle().zip(0..);
        let breed = || {
            if let Some((other, seed)) = pairs.next() {
                drop(black_box(parent.breed(other, seed, &Bounds::DEFAULT)));
            }
        };
        ratio::measure(&format!("{name}, crossing"), breed, admit);
        let mut seed = 0;
        let anew = || {
            seed += 1;
            drop(black_box(offspring::mutate(genome, Choice::Any, None, seed, &Bounds::DEFAULT)));
        };
        ratio::measure(&format!("{name}, mutation, its parent prepared for it alone"), anew, admit);
    }
}
