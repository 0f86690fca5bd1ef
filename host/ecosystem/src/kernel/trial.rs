//! Mutations of temperatures: made where a history calls for it, kept where the next answers are no worse.

use std::collections::BTreeMap;

use flux_lang::ecosystem::tree::Ecosystem;

use crate::event::Event;
use crate::history::{History, mutated_temperature};

/// What became of the temperatures of an attractor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trial {
    /// They were changed, and the answers since are watched.
    UnderWay {
        /// The temperatures before, in the order of the stages.
        before: Vec<f64>,
        /// The average of the last answers before.
        average: f64,
    },
    /// Changing them made answers worse, so they are left alone until the ecosystem is replaced: temperature is not what
    /// is wrong.
    Hopeless,
}

/// Looks at an attractor after a rest: what to tell, and the ecosystem to go on with, if it is another one.
pub(super) fn look(
    trials: &mut BTreeMap<String, Trial>,
    attractor: &str,
    history: &History,
    tree: &Ecosystem,
) -> (Vec<Event>, Option<Ecosystem>) {
    let mut events = Vec::new();
    let (Some(average), Some(recent)) = (history.average(), history.recent_average()) else {
        return (events, None);
    };
    match trials.get(attractor) {
        Some(Trial::Hopeless) => return (events, None),
        Some(Trial::UnderWay { before, average: earlier }) => {
            let is_taken = recent >= *earlier;
            let (what, why) = (
                format!("temperatures of `{attractor}`"),
                format!("the average was {earlier:.3} before and is {recent:.3} since"),
            );
            events.push(Event::MutationEvaluated { what, is_taken, why });
            if !is_taken {
                let undone = with_temperatures(tree, attractor, before);
                trials.insert(attractor.to_owned(), Trial::Hopeless);
                return (events, undone);
            }
            trials.remove(attractor);
        }
        None => {}
    }
    if !history.calls_for_change() {
        return (events, None);
    }
    events.push(Event::MutationTriggered {
        attractor: attractor.to_owned(),
        average,
        trend: history.trend(),
    });
    let stages = tree.attractors.iter().find(|found| found.name == attractor).map(|found| &found.stages);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for stage in stages.into_iter().flatten() {
        let (temperature, mutated) = (stage.temperature, mutated_temperature(average, stage.temperature));
        before.push(temperature);
        after.push(mutated);
        if mutated != temperature {
            let name = &stage.name;
            let what =
                format!("temperature of `{name}` of `{attractor}` from {temperature:.3} to {mutated:.3}");
            events.push(Event::MutationProposed { what });
        }
    }
    let mutated = (before != after).then(|| with_temperatures(tree, attractor, &after)).flatten();
    if mutated.is_some() {
        trials.insert(attractor.to_owned(), Trial::UnderWay { before, average: recent });
    }
    (events, mutated)
}

fn with_temperatures(tree: &Ecosystem, attractor: &str, temperatures: &[f64]) -> Option<Ecosystem> {
    let mut tree = tree.clone();
    let found = tree.attractors.iter_mut().find(|found| found.name == attractor)?;
    for (stage, temperature) in found.stages.iter_mut().zip(temperatures) {
        stage.temperature = *temperature;
    }
    Some(tree)
}
