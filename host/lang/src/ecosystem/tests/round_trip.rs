//! What is printed means the same, and formatting keeps everything and settles at once.

use proptest::prelude::*;

use super::super::tree::{
    Attractor, Ecosystem, Entity, EntityType, HumanConfig, Merge, Policy, RecursiveConfig, Router, Stage,
};
use super::super::{Limits, format, fuzz_ecosystem, json, print};
use super::read;

/// Any text, more often one that needs escapes or looks like the language.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{0,8}",
        2 => "[\"\\\\\n\r\t{}#/:\u{0}\u{7f}\u{85}\u{2028}\u{feff}\u{e9}\u{1f600} ]{0,8}",
        1 => any::<String>(),
    ]
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(text())
}

/// The name of the block at a position: no two are alike.
fn name(idx: usize, tail: &str) -> String {
    format!("{idx}{tail}")
}

fn real() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0_u32..2000).prop_map(|n| f64::from(n) / 1000.0),
        0.0..=f64::MAX,
        Just(5e-324),
        Just(1e15),
        Just(1e16),
        Just(1e-5),
    ]
}

#[derive(Clone, Debug)]
struct Parts {
    kind: usize,
    texts: (Option<String>, String, Option<String>, Option<String>, String),
    cost: f64,
    pick: usize,
    recursive: Option<(u64, u64, u64, Option<String>)>,
    human: Option<(Option<f64>, Option<String>, Option<f64>)>,
}

fn entity() -> impl Strategy<Value = Parts> {
    let recursive = (1_u64..100_000, any::<u64>(), 1_u64..64, some_text());
    let human = (prop::option::of(0.001..1e9), some_text(), prop::option::of(0.0..=1.0));
    (
        0_usize..5,
        (some_text(), text(), some_text(), some_text(), text()),
        real(),
        any::<usize>(),
        prop::option::of(recursive),
        prop::option::of(human),
    )
        .prop_map(|(kind, texts, cost, pick, recursive, human)| Parts {
            kind,
            texts,
            cost,
            pick,
            recursive,
            human,
        })
}

/// Entities that fall back only on the one after them, and ensembles of later ones: neither goes in circles.
fn entities(parts: Vec<Parts>) -> Vec<Entity> {
    let names: Vec<String> = parts.iter().enumerate().map(|(idx, part)| name(idx, &part.texts.4)).collect();
    let mut entities = Vec::new();
    for (idx, part) in parts.into_iter().enumerate() {
        let (nature, quantum_state, model_key, _, _) = part.texts;
        let later = &names[idx + 1..];
        let is_ensemble = EntityType::ALL[part.kind] == EntityType::Ensemble && !later.is_empty();
        entities.push(Entity {
            nature,
            quantum_state,
            cost: part.cost,
            fallback: (idx % 4 != 3).then(|| later.first().cloned()).flatten(),
            model_key,
            uses: None,
            router: is_ensemble.then(|| Router::ALL[part.pick % 3]),
            members: if is_ensemble { later[..=part.pick % later.len()].to_vec() } else { Vec::new() },
            recursive: part.recursive.map(|(chunk, overlap, workers, key)| RecursiveConfig {
                max_chunk_tokens: chunk,
                chunk_overlap: overlap % chunk,
                max_workers: workers,
                root_model_key: key.clone(),
                sub_model_key: key,
            }),
            human: part.human.map(|(timeout_sec, escalation, confidence_threshold)| HumanConfig {
                timeout_sec,
                escalation,
                confidence_threshold,
            }),
            ..Entity::new(names[idx].clone(), EntityType::ALL[part.kind])
        });
    }
    entities
}

fn stage() -> impl Strategy<Value = Stage> {
    let texts = (text(), some_text(), some_text(), some_text());
    (texts, 0.0..=2.0, 1_u64.., prop::option::of(any::<u64>()), 0_usize..4, prop::option::of(any::<u8>()))
        .prop_map(
            |(
                (name, prompt_transform, observe, ground_truth),
                temperature,
                max_new_tokens,
                seed,
                merge,
                after,
            )| Stage {
                // Which stages these are is filled in when they have their names.
                after: after.map(|after| vec![after.to_string()]),
                merge: Merge::ALL[merge],
                temperature,
                max_new_tokens,
                seed,
                prompt_transform,
                observe,
                ground_truth,
                ..Stage::new(name, "")
            },
        )
}

fn ecosystem() -> impl Strategy<Value = Ecosystem> {
    let attractor = (text(), prop::collection::vec(text(), 0..3), prop::collection::vec(stage(), 1..5));
    let policy = (prop::option::of(real()), 1_u64.., any::<u64>(), any::<bool>(), any::<usize>());
    let head = ((text(), some_text(), text(), text()), prop::option::of(any::<u64>()));
    (
        head,
        prop::collection::vec(entity(), 1..6),
        prop::collection::vec(attractor, 0..4),
        prop::option::of(policy),
    )
        .prop_map(
            |(((title, version, default_policy, observability), seed), parts, attractors, policy)| {
                let entities = entities(parts);
                let names: Vec<String> = entities.iter().map(|entity| entity.name.clone()).collect();
                let finish =
                    |(at, (tail, intents, mut stages)): (usize, (String, Vec<String>, Vec<Stage>))| {
                        let stage_names: Vec<String> =
                            stages.iter().enumerate().map(|(idx, stage)| name(idx, &stage.name)).collect();
                        for (idx, stage) in stages.iter_mut().enumerate() {
                            stage.execute = names[(at + idx) % names.len()].clone();
                            stage.name = stage_names[idx].clone();
                            if let Some(after) = &mut stage.after {
                                let n: usize = after[0].parse().unwrap_or(0);
                                *after = stage_names[..n % (idx + 1)].to_vec();
                            }
                        }
                        Attractor { name: name(at, &tail), intents, stages }
                    };
                let attractors = attractors.into_iter().enumerate().map(finish).collect();
                let judge = || Some(names[0].clone());
                let policy = match policy {
                    Some((cost, latency, iterations, require_judge, pick)) => Policy {
                        max_cost_per_request: cost,
                        max_latency_ms: latency,
                        max_human_iterations: iterations,
                        judge_entity: Some(names[pick % names.len()].clone()),
                        require_judge,
                    },
                    None => Policy { judge_entity: judge(), ..Policy::default() },
                };
                let name = name(0, &title);
                Ecosystem { name, version, default_policy, observability, seed, entities, attractors, policy }
            },
        )
}

/// Pieces of the language in any order, with comments between.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "ECOSYSTEM \"e\" {",
        "ENTITY \"a\" {",
        "ATTRACTOR \"q\" {",
        "STAGE \"s\" {",
        "POLICY {",
        "HUMAN_CONFIG {",
        "}",
        "}",
        "}",
        "TYPE: Model.Transformer",
        "COSTO: 1.5",
        "ON_INTENT: [\"a\", \"*\"]",
        "ON_INTENT: [ // in a list\n]",
        "EXECUTE: \"a\"",
        "VERSION:",
        "\"1\"",
        "SEED: 7",
        "// alone\n",
        "# alone",
        "\n",
        "\n\n\n",
        ",",
        "[",
        "]",
        "\"",
        "REQUIRE_JUDGE: false",
        "MERGE: // between\n vote",
        "AFTER: []",
        "\r\n",
        "TIMEOUT_SEC: 3",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.join(" "))
}

/// Correct texts with comments and empty lines at every place where there may be some.
fn commented() -> impl Strategy<Value = (String, usize)> {
    let words = [
        "ECOSYSTEM",
        "\"e\"",
        "{",
        "VERSION",
        ":",
        "\"1 # 2\"",
        "ENTITY",
        "\"a\"",
        "{",
        "TYPE",
        ":",
        "Model.Ensemble",
        "MEMBERS",
        ":",
        "[",
        "\"b\"",
        ",",
        "\"b\"",
        "]",
        "RECURSIVE_CONFIG",
        "{",
        "MAX_WORKERS",
        ":",
        "2",
        "}",
        "}",
        "ENTITY",
        "\"b\"",
        "{",
        "}",
        "POLICY",
        "{",
        "JUDGE_ENTITY",
        ":",
        "\"a\"",
        "}",
        "}",
    ];
    let gap = prop_oneof![
        4 => Just(" "), 1 => Just("\n"), 1 => Just("\n\n\n"), 1 => Just(" // c\n"), 1 => Just("\n# c \n"),
        1 => Just("\r\n//c\r\n\r\n"),
    ];
    prop::collection::vec(gap, words.len() + 1).prop_map(move |gaps| {
        let mut text = gaps[0].to_owned();
        for (word, gap) in words.iter().zip(&gaps[1..]) {
            text += word;
            text += gap;
        }
        let n_comments = gaps.iter().filter(|gap| gap.contains('c')).count();
        (text, n_comments)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same(ecosystem in ecosystem()) {
        let printed = print(&ecosystem);
        let again = read(&printed);
        prop_assert_eq!(again.ecosystem.as_ref(), Some(&ecosystem), "{}\n{}", printed, again.render());
        prop_assert_eq!(format("t.flux", &printed, &Limits::DEFAULT), Ok(printed));
    }

    #[test]
    fn json_is_read_as_the_same(ecosystem in ecosystem()) {
        let value = json::to_json(&ecosystem);
        let again = json::read(&value, &Limits::DEFAULT);
        prop_assert_eq!(again.ecosystem.as_ref(), Some(&ecosystem), "{:?}", again.diagnostics);
    }

    #[test]
    fn formatting_keeps_comments_and_settles((text, n_comments) in commented()) {
        let formatted = format("t.flux", &text, &Limits::DEFAULT).expect("a correct text");
        prop_assert_eq!(formatted.matches(['c']).count(), n_comments, "{}", &formatted);
        let again = format("t.flux", &formatted, &Limits::DEFAULT);
        prop_assert_eq!(again.as_ref(), Ok(&formatted));
        prop_assert_eq!(read(&formatted).ecosystem, read(&text).ecosystem);
        prop_assert!(!formatted.contains("\n\n\n") && !formatted.contains(" \n"));
    }

    #[test]
    fn no_text_does_harm(text in soup()) {
        fuzz_ecosystem(text.as_bytes());
        fuzz_ecosystem(format!("ECOSYSTEM \"e\" {{ {text}").as_bytes());
    }
}
