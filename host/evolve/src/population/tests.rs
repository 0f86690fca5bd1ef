use flux_genome::GenomeId;

use crate::score::Score;
use crate::tally::Share;
use crate::trust::TrustPolicy;
use crate::variant::{Base, Recipe, VariantId};

use super::*;

fn variant(id: u64, credit: u64, behaviour: u64, cycles: u64) -> Variant {
    Variant {
        id: VariantId(id),
        genome: GenomeId::of(&id.to_le_bytes()),
        recipe: Recipe { base: Base::Founder(0), operators: Vec::new(), donor: None, seed: 0 },
        measure: Measure {
            score: Score::of(&Share::default(), &TrustPolicy::default()),
            credit,
            cycles,
            len_bytes: 64,
            behaviour,
            credits: Vec::new().into(),
        },
    }
}

fn policy(population: u32) -> EvolutionPolicy {
    EvolutionPolicy {
        strategy: Strategy::Tournament,
        population,
        crowd: 2,
        elites: 1,
        ..EvolutionPolicy::default()
    }
}

fn ids(population: &Population) -> Vec<u64> {
    population.members().iter().map(|member| member.id.0).collect()
}

#[test]
fn the_best_survive_and_the_newest_of_equals_stands_first() {
    let mut population = Population::default();
    population.renew(vec![variant(0, 5, 1, 9), variant(1, 7, 2, 9)], &policy(3), Gate::ALL_CASES);
    assert_eq!(ids(&population), [1, 0]);
    // 2 is 0's double at the same cost: it takes its place. 3 is new, 4 finds no room.
    let children = vec![variant(2, 5, 1, 9), variant(3, 6, 3, 9), variant(4, 4, 4, 9)];
    population.renew(children, &policy(3), Gate::ALL_CASES);
    assert_eq!(ids(&population), [1, 3, 2]);
    assert_eq!(population.diversity(), 3);
    assert_eq!(population.bar(&policy(3)), 5);
    assert_eq!(population.bar(&policy(4)), 0);
}

#[test]
fn one_behaviour_does_not_crowd_out_the_others() {
    let mut population = Population::default();
    let same = (0..5).map(|id| variant(id, 9, 1, 10 + id));
    population.renew(same.chain([variant(5, 1, 2, 9)]).collect(), &policy(3), Gate::ALL_CASES);
    assert_eq!(ids(&population), [0, 1, 5]);
}

#[test]
fn young_populations_keep_their_elites() {
    let young = EvolutionPolicy { survival: Survival::Young, ..policy(3) };
    let mut population = Population::default();
    population.renew(vec![variant(0, 9, 1, 9), variant(1, 8, 2, 9)], &young, Gate::ALL_CASES);
    let children = vec![variant(2, 1, 3, 9), variant(3, 2, 4, 9), variant(4, 3, 5, 9)];
    population.renew(children, &young, Gate::ALL_CASES);
    assert_eq!(ids(&population), [0, 3, 2]);
    assert_eq!(population.bar(&young), 0);
}

#[test]
fn a_grid_keeps_the_best_of_each_cell() {
    let grid = EvolutionPolicy { strategy: Strategy::MapElites, ..policy(1) };
    let mut population = Population::default();
    let children = vec![variant(0, 3, 1, 100), variant(1, 4, 1, 101), variant(2, 1, 1, 1000)];
    population.renew(children, &grid, Gate::ALL_CASES);
    assert_eq!(ids(&population), [1, 2]);
    assert_eq!(cell(&variant(0, 0, 17, 4).measure), (24, 8, 1));
}

#[test]
fn lexicase_finds_specialists() {
    let lexicase = EvolutionPolicy { selection: Selection::Lexicase, ..policy(3) };
    let mut population = Population::default();
    let with = |id, credits: &[u32]| {
        let mut made = variant(id, credits.iter().map(|&credit| u64::from(credit)).sum(), id, 9);
        made.measure.credits = credits.into();
        made
    };
    population.renew(
        vec![with(0, &[5, 5, 5]), with(1, &[9, 0, 0]), with(2, &[0, 0, 9])],
        &lexicase,
        Gate::ALL_CASES,
    );
    let mut rng = Rng::new(1, "test");
    let mut chosen = [0; 3];
    for _ in 0..300 {
        chosen[population.choose(&lexicase, &mut rng).unwrap().id.0 as usize] += 1;
    }
    assert!(chosen.iter().all(|&n| n > 50), "{chosen:?}");
}
