use flux_genome::GenomeId;

use crate::measure::FULL_CREDIT;
use crate::policy::StopPolicy;
use crate::tally::Share;
use crate::trial::{Conduct, Side, Trial, Weight};
use crate::trust::TrustPolicy;

use super::*;

/// A world to evolve in: a genome is a number, and its cost is how far it is from 1,000.
#[derive(Clone)]
struct Numbers {
    /// The genome of every variant that ever was.
    of: BTreeMap<VariantId, i64>,
    /// Which numbers are wrong on the held-out cases.
    found_out: fn(i64) -> bool,
    /// Whether selection sees no difference in what they do.
    alike: bool,
    /// Numbers up to here miss half of the cases, as selection sees.
    wrong_up_to: i64,
}

fn measure(number: i64) -> Measure {
    let cycles = 10 + number.abs_diff(1000);
    let mut share = Share::default();
    for _ in 0..10 {
        share.push(&Trial {
            weight: Weight::ONE,
            correct: true,
            side: Side::Selection,
            cycles,
            conduct: Conduct::Clean,
        });
    }
    Measure {
        score: Score::of(&share, &TrustPolicy::default()),
        credit: 10 * 1000 * u64::from(FULL_CREDIT),
        cycles: cycles * 10,
        len_bytes: 100,
        behaviour: number as u64,
        credits: Vec::new().into(),
    }
}

impl Numbers {
    fn new(found_out: fn(i64) -> bool) -> Self {
        Self { of: BTreeMap::new(), found_out, alike: false, wrong_up_to: i64::MIN }
    }

    fn outcome(&mut self, proposal: &Proposal) -> Outcome {
        let recipe = match &proposal.task {
            Task::Confirm(id) => {
                let number = self.of[id];
                let mut score = measure(number).score;
                if (self.found_out)(number) {
                    score.confidence = 0.0;
                }
                return Outcome::Confirmed(Some(score));
            }
            Task::Measure { recipe, .. } => recipe,
        };
        let mut number = match recipe.base {
            Base::Founder(at) => 100 * at as i64,
            Base::Parent(parent) => self.of[&parent],
            Base::Cross(a, b) => i64::midpoint(self.of[&a], self.of[&b]),
        };
        for (at, operator) in recipe.operators.iter().enumerate() {
            let mut rng = Rng::new(recipe.seed + at as u64, "step");
            // One operator does good on average, the others do harm.
            let way = if *operator == OperatorKind::Graft { 1 } else { -1 };
            number += way * rng.between(-2, 6);
        }
        self.of.insert(proposal.id, number);
        let mut measure = measure(number);
        if self.alike {
            measure.behaviour = 0;
        }
        if number <= self.wrong_up_to {
            measure.behaviour = 1;
            measure.credit /= 2;
            measure.score.confidence = 0.5;
        }
        Outcome::Measured { genome: GenomeId::of(&number.to_le_bytes()), measure }
    }

    fn generation(&mut self, engine: &mut Engine) -> GenerationReport {
        let outcomes: Vec<Outcome> = engine.ask().iter().map(|proposal| self.outcome(proposal)).collect();
        engine.tell(&outcomes).unwrap()
    }
}

fn engine(strategy: Strategy, generations: u64) -> Engine {
    let policy = EvolutionPolicy {
        strategy,
        population: 8,
        children: 16,
        islands: 3,
        migrate_every: 4,
        stop: StopPolicy { generations, patience: 0, ..StopPolicy::default() },
        ..EvolutionPolicy::default()
    };
    policy.check().unwrap();
    Engine::new(policy, Gate::ALL_CASES, 2, 100, 7)
}

fn run(strategy: Strategy, found_out: fn(i64) -> bool) -> (Engine, Vec<GenerationReport>) {
    let mut engine = engine(strategy, 60);
    let mut world = Numbers::new(found_out);
    let mut reports = Vec::new();
    while engine.stop().is_none() {
        reports.push(world.generation(&mut engine));
    }
    (engine, reports)
}

#[test]
fn every_strategy_gets_better_and_those_that_press_get_far() {
    for strategy in Strategy::ALL {
        let (engine, reports) = run(strategy, |_| false);
        let cycles = engine.champion().unwrap().variant.measure.cycles;
        let start = measure(100).cycles;
        assert!(cycles < start, "{strategy:?}: {cycles}");
        if !matches!(strategy, Strategy::RandomSearch | Strategy::MapElites) {
            assert!(cycles < start * 5 / 6, "{strategy:?}: {cycles} of {start}");
        }
        assert!(reports.len() >= 60);
    }
}

#[test]
fn the_bandit_finds_the_operator_that_pays() {
    let (engine, _) = run(Strategy::Tournament, |_| false);
    let best = engine.arms().iter().max_by(|a, b| a.quality.total_cmp(&b.quality)).unwrap();
    assert_eq!(best.operator, OperatorKind::Graft);
}

#[test]
fn told_the_same_it_asks_the_same() {
    for strategy in Strategy::ALL {
        let (mut one, mut two) = (engine(strategy, 20), engine(strategy, 20));
        let mut world = Numbers::new(|number| number % 7 == 0);
        while one.stop().is_none() {
            let asked = one.ask();
            assert_eq!(asked, two.ask());
            assert_eq!(asked, one.ask(), "asking twice changes nothing");
            let outcomes: Vec<Outcome> = asked.iter().map(|proposal| world.outcome(proposal)).collect();
            assert_eq!(one.tell(&outcomes).unwrap(), two.tell(&outcomes).unwrap());
        }
        assert_eq!(one.champion(), two.champion());
    }
}

#[test]
fn a_best_variant_that_is_found_out_is_rolled_back() {
    for strategy in [Strategy::Lineage, Strategy::Islands, Strategy::MapElites] {
        let (engine, reports) = run(strategy, |number| number > 110);
        let rolled_back = reports.iter().flat_map(|report| &report.events);
        assert!(rolled_back.filter(|event| matches!(event, Event::RolledBack { .. })).count() > 0);
        let champion = engine.champion().unwrap();
        assert!(champion.variant.measure.behaviour <= 110, "{strategy:?}: {champion:?}");
        assert!(champion.held_out.unwrap().confidence > 0.9);
    }
}

#[test]
fn what_is_wrong_and_looks_right_does_not_condemn_what_is_right() {
    let mut engine = engine(Strategy::Islands, 60);
    let mut world = Numbers::new(|number| number % 5 == 0);
    world.alike = true;
    let mut n_rolled_back = 0;
    while engine.stop().is_none() {
        let events = world.generation(&mut engine).events;
        n_rolled_back += events.iter().filter(|event| matches!(event, Event::RolledBack { .. })).count();
    }
    let champion = world.of[&engine.champion().unwrap().variant.id];
    assert!(n_rolled_back > 0);
    // The founders are 0 and 100.
    assert!(champion > 200 && champion % 5 != 0, "{champion}");
}

#[test]
fn the_first_that_looks_right_does_not_condemn_the_next_one() {
    let mut engine = engine(Strategy::Islands, 60);
    let mut world = Numbers::new(|number| number % 5 != 2);
    world.alike = true;
    // The founders are 0 and 100.
    world.wrong_up_to = 100;
    let mut n_rolled_back = 0;
    while engine.stop().is_none() {
        let events = world.generation(&mut engine).events;
        n_rolled_back += events.iter().filter(|event| matches!(event, Event::RolledBack { .. })).count();
    }
    let champion = world.of[&engine.champion().unwrap().variant.id];
    assert!(n_rolled_back > 0);
    assert!(champion > 100 && champion % 5 == 2, "{champion}");
}

#[test]
fn proposals_name_only_the_living() {
    for strategy in Strategy::ALL {
        let mut engine = engine(strategy, 15);
        let mut world = Numbers::new(|number| number % 5 == 0);
        while engine.stop().is_none() {
            let alive = engine.alive();
            for proposal in engine.ask() {
                match proposal.task {
                    Task::Confirm(id) => assert!(alive.contains(&id)),
                    Task::Measure { recipe, .. } => {
                        assert!(recipe.sources().all(|id| alive.contains(&id)), "{strategy:?}");
                    }
                }
            }
            world.generation(&mut engine);
        }
    }
}

#[test]
fn outcomes_that_do_not_fit_change_nothing() {
    let mut engine = engine(Strategy::Lineage, 5);
    let asked = engine.ask();
    assert_eq!(engine.tell(&[]), Err(TellError::Count { expected: 2, found: 0 }));
    let wrong = vec![Outcome::Confirmed(None); 2];
    assert_eq!(engine.tell(&wrong), Err(TellError::Kind { proposal: VariantId(0) }));
    assert_eq!(engine.ask(), asked);
}

#[test]
fn a_run_ends_for_each_reason() {
    let check = |change: fn(&mut StopPolicy), expect: Stop| {
        let mut policy =
            EvolutionPolicy { children: 8, population: 4, islands: 2, ..EvolutionPolicy::default() };
        policy.stop =
            StopPolicy { generations: 0, variants: 0, patience: 0, target_cycles: 0, at_gate: false };
        change(&mut policy.stop);
        let mut engine = Engine::new(policy, Gate::ALL_CASES, 1, 100, 1);
        let mut world = Numbers::new(|_| false);
        while engine.stop().is_none() {
            world.generation(&mut engine);
        }
        assert_eq!(engine.stop(), Some(expect));
    };
    check(|stop| stop.generations = 3, Stop::Generations);
    check(|stop| stop.variants = 100, Stop::Variants);
    check(|stop| stop.patience = 5, Stop::Patience);
    check(|stop| stop.target_cycles = 900, Stop::Target);
    check(|stop| stop.at_gate = true, Stop::Gate);
}

#[test]
fn a_plateau_raises_the_mutation_rate_within_its_bound() {
    let mut engine = engine(Strategy::Tournament, 400);
    let start = engine.more;
    let mut world = Numbers::new(|_| false);
    let mut most: f64 = 0.0;
    while engine.stop().is_none() {
        most = most.max(world.generation(&mut engine).more);
    }
    assert!(most > start);
    assert!(most <= engine.policy.most_more);
}

#[test]
fn a_population_that_is_stuck_below_the_gate_begins_again() {
    let policy = EvolutionPolicy {
        strategy: Strategy::Islands,
        islands: 2,
        population: 8,
        children: 4,
        restart_after: 5,
        migrate_every: 1,
        stop: StopPolicy { generations: 40, patience: 0, ..StopPolicy::default() },
        ..EvolutionPolicy::default()
    };
    // Nobody reaches a gate that nobody meets: every result is wrong.
    let mut engine = Engine::new(policy, Gate::ALL_CASES, 1, 100, 3);
    let wrong = |id: VariantId| {
        let mut measure = measure(id.0 as i64);
        measure.score = Score::of(&Share::default(), &TrustPolicy::default());
        // It gets better for ten generations, and then no more.
        measure.credit = id.0.min(80);
        measure.cycles = 1;
        measure
    };
    let mut sizes = Vec::new();
    while engine.stop().is_none() {
        let outcomes: Vec<Outcome> = engine
            .ask()
            .iter()
            .map(|proposal| match proposal.task {
                Task::Confirm(_) => Outcome::Confirmed(None),
                Task::Measure { .. } => Outcome::Measured {
                    genome: GenomeId::of(&proposal.id.0.to_le_bytes()),
                    measure: wrong(proposal.id),
                },
            })
            .collect();
        let report = engine.tell(&outcomes).unwrap();
        sizes.push(report.islands[0].n_members);
        let alive = engine.alive();
        assert!(report.accepted.iter().all(|variant| alive.contains(&variant.id)), "{:?}", report.accepted);
        // The best of all is never lost.
        let best = engine.champion().map(|champion| champion.variant.measure.credit);
        assert!(best.is_none_or(|credit| credit <= 80));
    }
    let restarts = sizes.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(restarts >= 3, "{sizes:?}");
    assert_eq!(engine.champion().unwrap().variant.measure.credit, 80);
}

#[test]
fn a_run_ends_however_often_its_best_is_found_out() {
    let mut engine = engine(Strategy::Islands, 20);
    // Whatever becomes the best is found out, in every generation.
    let mut world = Numbers::new(|number| number != 0 && number != 100);
    while engine.stop().is_none() {
        world.generation(&mut engine);
        assert!(engine.generation() < 200, "a run of 20 generations does not end");
    }
}
