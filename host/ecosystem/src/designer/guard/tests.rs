use flux_lang::ecosystem::Ecosystem;
use flux_lang::ecosystem::tree::{Entity, EntityType};

use super::{Changes, answering_models, changes, objections};
use crate::designer::mutation::tests::pipeline;

fn with(change: impl FnOnce(&mut Ecosystem)) -> Vec<String> {
    let current = pipeline();
    let mut candidate = current.clone();
    // Something allowed beside it, so that only the rest is objected to.
    candidate.attractors[0].stages[0].temperature = 0.1;
    change(&mut candidate);
    objections(&current, &candidate, &["strong".to_owned(), "keen".to_owned()])
}

#[test]
fn what_only_looks_better_is_objected_to() {
    assert_eq!(with(|_| {}), Vec::<String>::new());
    let stays = |what: &str| vec![format!("{what} has to stay as it is")];
    assert_eq!(with(|tree| tree.policy.max_latency_ms = 1_000_000), stays("`max_latency_ms`"));
    assert_eq!(with(|tree| tree.policy.max_cost_per_request = Some(9.0)), stays("`max_cost_per_request`"));
    assert_eq!(with(|tree| tree.policy.require_judge = false), stays("`require_judge`"));
    assert_eq!(with(|tree| tree.policy.judge_entity = None), stays("whether there is a judge"));
    assert_eq!(with(|tree| tree.seed = Some(3)), stays("`seed`"));
    let truth = stays("what stages know from outside (`ground_truth`, `seed`)");
    assert_eq!(with(|tree| tree.attractors[0].stages[0].ground_truth = Some("Paris".to_owned())), truth);
    assert_eq!(with(|tree| tree.attractors[0].stages[0].seed = Some(7)), truth);
    assert_eq!(with(|tree| tree.attractors[0].intents.clear()).len(), 1);
    let costs = with(|tree| tree.entities[0].cost = -1.0);
    assert_eq!(costs, ["`cost` of entity `fast` has to be at least 0"]);
    let person = Entity::new("somebody", EntityType::Human);
    assert_eq!(with(|tree| tree.entities.push(person)).len(), 1);
    assert_eq!(
        with(|tree| tree.entities[0].model_key = Some("unheard-of".to_owned())),
        ["entity `fast` names model `unheard-of`, which is not there"]
    );
    assert_eq!(
        with(|tree| tree.policy.judge_entity = Some("slow".to_owned())),
        ["model `middling` would judge its own answers"]
    );
}

#[test]
fn a_change_of_the_judge_is_known_from_others() {
    let current = pipeline();
    let changed = |change: &dyn Fn(&mut Ecosystem)| {
        let mut candidate = current.clone();
        change(&mut candidate);
        changes(&current, &candidate)
    };
    let key = Some("keen".to_owned());
    assert_eq!(
        changed(&|tree| tree.entities[2].model_key = key.clone()),
        Changes { judge: true, answers: false }
    );
    assert_eq!(
        changed(&|tree| tree.entities[1].model_key = key.clone()),
        Changes { judge: false, answers: true }
    );
    assert_eq!(changed(&|tree| tree.version = key.clone()), Changes { judge: false, answers: false });
    let spare = |tree: &mut Ecosystem| tree.entities.push(Entity::new("spare", EntityType::Transformer));
    assert_eq!(changed(&spare), Changes { judge: false, answers: false });
    assert_eq!(answering_models(&current).into_iter().collect::<Vec<_>>(), ["middling", "weak"]);
}
