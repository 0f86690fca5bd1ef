//! What holds of any ecosystem over models that may fail in any way.

use std::sync::Arc;
use std::time::Duration;

use flux_broker::tape::Recorder;
use flux_broker::{Broker, ErrorKind, Model};
use flux_lang::ecosystem::tree::{Attractor, Ecosystem, Entity, EntityType, Router, Stage};
use proptest::prelude::*;
use proptest::sample::Index;

use super::Toy;
use crate::composition::Composition;
use crate::event::{Event, Unwatched};
use crate::kernel::{Ask, Kernel, Settings};

/// An entity as it is drawn: its model, its members and its fallback, which come later in the list.
#[derive(Clone, Debug)]
struct Drawn {
    model: usize,
    members: Vec<Index>,
    fallback: Option<Index>,
    router: usize,
    cost: f64,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let members = proptest::collection::vec(any::<Index>(), 0..3);
    let fallback = proptest::option::of(any::<Index>());
    (0usize..4, members, fallback, 0usize..2, 0.0..0.0005f64)
        .prop_map(|(model, members, fallback, router, cost)| Drawn { model, members, fallback, router, cost })
}

/// An ecosystem of such entities, without circles.
fn tree(entities: &[Drawn], stages: &[Index], limit: f64) -> Ecosystem {
    let mut tree = Ecosystem::new("any");
    for (idx, drawn) in entities.iter().enumerate() {
        let later = |index: &Index| {
            let n_later = entities.len() - idx - 1;
            (n_later > 0).then(|| format!("e{}", idx + 1 + index.index(n_later)))
        };
        let members: Vec<String> = drawn.members.iter().filter_map(later).collect();
        let entity_type = if members.is_empty() { EntityType::Transformer } else { EntityType::Ensemble };
        let mut entity = Entity::new(format!("e{idx}"), entity_type);
        entity.router = (!members.is_empty()).then_some([Router::Vote, Router::Average][drawn.router]);
        entity.members = members;
        entity.model_key = Some(format!("m{}", drawn.model));
        entity.fallback = drawn.fallback.as_ref().and_then(later);
        entity.cost = drawn.cost;
        tree.entities.push(entity);
    }
    let stages = stages.iter().enumerate().map(|(idx, entity)| {
        let mut stage = Stage::new(format!("s{idx}"), format!("e{}", entity.index(entities.len())));
        stage.max_new_tokens = 32;
        stage
    });
    let (name, intents) = ("qa".to_owned(), vec!["*".to_owned()]);
    tree.attractors.push(Attractor { name, intents, stages: stages.collect() });
    tree.policy.max_cost_per_request = Some(limit);
    tree.policy.require_judge = false;
    tree
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn limits_hold_and_nothing_is_lost_whatever_fails(
        entities in proptest::collection::vec(drawn(), 1..7),
        stages in proptest::collection::vec(any::<Index>(), 1..4),
        faults in proptest::collection::vec(proptest::option::of(any::<Index>()), 4),
        limit in 0.0..0.003f64,
        tenant_limit in 0.0..0.01f64,
    ) {
        let tree = tree(&entities, &stages, limit);
        let toy = Toy::slow(Duration::from_millis(10), move |request| {
            let model: usize = request.model[1..].parse().expect("a number");
            match &faults[model] {
                Some(fault) => Err(ErrorKind::ALL[fault.index(ErrorKind::ALL.len())]),
                None => Ok(format!("{} of {model}", request.prompt.len())),
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
            .expect("a runtime");
        let settings = Settings { tenant_limit: Some(tenant_limit), ..Settings::default() };
        let broker = Broker::over(Arc::clone(&toy) as Arc<dyn Model>, 2, Recorder::live());
        let kernel = Kernel::new(Arc::new(Composition::alone(tree)), broker, settings).expect("it can be run");
        let mut paid = 0.0;
        for _ in 0..3 {
            let mut events: Vec<Event> = Vec::new();
            let asked = runtime.block_on(kernel.ask(&Ask::new("Why?"), &mut events));
            match asked {
                Ok(answer) => {
                    prop_assert!(answer.cost <= limit + 1e-9);
                    prop_assert_eq!(answer.stages.len(), stages.len());
                    paid += answer.cost;
                }
                Err(_) => {
                    let is_told = matches!(events.last(), Some(Event::AskFailed { .. }));
                    prop_assert!(is_told);
                }
            }
            let account = kernel.tenant(Ask::TENANT);
            prop_assert!(account.spent() <= tenant_limit + 1e-9 && paid <= account.spent() + 1e-9);
            prop_assert_eq!(account.promised(), 0.0);
        }
        // No answer had a judge, so no average moved.
        let history = kernel.history("qa").unwrap_or_default();
        prop_assert_eq!((history.n_scored(), history.moving_average()), (0, None));
        let again = runtime.block_on(kernel.ask(&Ask { number: Some(0), ..Ask::new("Why?") }, &mut Unwatched));
        prop_assert!(again.is_err() || again.is_ok_and(|answer| answer.number == 0));
    }
}
