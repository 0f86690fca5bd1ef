use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::keys::{Block, Kind, keys_of};
use super::{Limits, Parsed, StageName, Tuned, format, fuzz_ecosystem, parse, print};
use crate::includes::NoIncludes;

mod limits;
mod round_trip;

fn read(text: &str) -> Parsed {
    parse("t.flux", text, &NoIncludes, &Limits::DEFAULT)
}

/// The codes of what is wrong, in the order of the text.
fn codes(text: &str) -> Vec<&'static str> {
    read(text).diagnostics.iter().map(super::Diagnostic::code).collect()
}

#[test]
fn grammar_and_table_know_the_same_keys() {
    for block in Block::WRITTEN {
        for key in keys_of(block) {
            let (_, kind) = super::keys::Key::find(block, key).expect("a key of the table");
            let values: Vec<String> = match kind {
                Kind::Text => vec!["\"x\"".to_owned()],
                Kind::Number(_) => {
                    ["1", "-1", "+1.5", ".5", "1.", "1e3", "2.5E-3"].map(str::to_owned).to_vec()
                }
                Kind::Texts => ["[]", "[\"x\"]", "[ \"x\" , \"y\" ]"].map(str::to_owned).to_vec(),
                Kind::Truth => ["true", "false"].map(str::to_owned).to_vec(),
                Kind::OneOf(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            };
            for value in values {
                let mut text = format!("{key}: {value}");
                let mut at = block;
                while at != Block::File {
                    let name = if at.has_name() { " \"n\"" } else { "" };
                    text = format!("{}{name} {{ {text} }}", at.word());
                    at = at.parent();
                }
                assert!(format("t.flux", &text, &Limits::DEFAULT).is_ok(), "{text}");
                // The same key is nowhere else, unless the table says so.
                let elsewhere = format!("ECOSYSTEM \"n\" {{ X {{ {key}: {value} }} }}");
                assert!(format("t.flux", &elsewhere, &Limits::DEFAULT).is_err());
            }
        }
    }
}

#[test]
fn the_accented_key_has_three_spellings() {
    for key in ["OSSERVABILIT\u{c0}", "OSSERVABILITA\u{300}", "OSSERVABILITA"] {
        let text = format!("ECOSYSTEM \"e\" {{ {key}: \"Sparse\" }}");
        let tree = read(&text).ecosystem.expect("an ecosystem");
        assert_eq!(tree.observability, "Sparse");
        assert!(print(&tree).contains("OSSERVABILIT\u{c0}: \"Sparse\""));
        let formatted = format("t.flux", &text, &Limits::DEFAULT).expect("a text");
        assert!(formatted.contains(key), "the spelling is left as it is");
    }
}

#[test]
fn a_mistake_hides_nothing_behind_it() {
    let text = "ECOSYSTEM \"e\" { VERSON: \"1\" ENTITY \"a\" { COSTO: x } ATTRACTOR \"q\" { ON_INTENT: [\"*\"] STAGE \"s\" { TEMPERATURE: 3 EXECUTE: \"b\" } } }";
    let expected = ["eco::unknown-key", "eco::wrong-value", "eco::out-of-range", "eco::unknown-entity"];
    assert_eq!(codes(text), expected);
}

#[test]
fn an_intent_goes_to_the_first_attractor_that_takes_it() {
    let text = "ECOSYSTEM \"e\" {
        ENTITY \"a\" {}
        ATTRACTOR \"sums\" { ON_INTENT: [\"sum\"] STAGE \"s\" { EXECUTE: \"a\" } }
        ATTRACTOR \"rest\" { ON_INTENT: [\"*\"] STAGE \"s\" { EXECUTE: \"a\" } }
        POLICY { REQUIRE_JUDGE: false }
    }";
    let tree = read(text).ecosystem.expect("an ecosystem");
    let name = |intent: &str| tree.attractor_for(intent).map(|attractor| attractor.name.as_str());
    assert_eq!((name("sum"), name("other")), (Some("sums"), Some("rest")));
}

#[test]
fn stages_take_what_stands_before_them_or_what_they_name() {
    let text = "ECOSYSTEM \"e\" {
        ENTITY \"a\" {}
        ATTRACTOR \"q\" {
            ON_INTENT: [\"*\"]
            STAGE \"1\" { EXECUTE: \"a\" }
            STAGE \"2\" { EXECUTE: \"a\" }
            STAGE \"3\" { EXECUTE: \"a\" AFTER: [] }
            STAGE \"4\" { EXECUTE: \"a\" AFTER: [\"3\", \"2\"] MERGE: vote }
        }
        POLICY { REQUIRE_JUDGE: false }
    }";
    let parsed = read(text);
    assert_eq!(parsed.diagnostics, []);
    let tree = parsed.ecosystem.expect("an ecosystem");
    let inputs: Vec<Vec<usize>> = (0..5).map(|idx| tree.attractors[0].inputs_of(idx)).collect();
    assert_eq!(inputs, [vec![], vec![0], vec![], vec![2, 1], vec![]]);
}

#[test]
fn used_files_come_with_the_ecosystem() {
    let file = |uses: &str| {
        let entity = format!("ENTITY \"u\" {{ USES: \"{uses}\" }}");
        format!(
            "ECOSYSTEM \"e\" {{ {entity} ATTRACTOR \"q\" {{ ON_INTENT: [\"*\"] STAGE \"s\" {{ EXECUTE: \"u\" }} }} POLICY {{ REQUIRE_JUDGE: false }} }}"
        )
    };
    let files = BTreeMap::from([
        ("b".to_owned(), file("c")),
        ("c".to_owned(), "ECOSYSTEM \"c\" {}".to_owned()),
        ("bad".to_owned(), "ECOSYSTEM \"c\" { X: 1 }".to_owned()),
    ]);
    let parsed = parse("a", &file("b"), &files, &Limits::DEFAULT);
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.uses, BTreeMap::from([("u".to_owned(), "b".to_owned())]));
    assert_eq!(parsed.used["b"].uses["u"], "c");
    assert_eq!(parsed.used["c"].ecosystem.name, "c");
    let parsed = parse("a", &file("bad"), &files, &Limits::DEFAULT);
    assert_eq!(parsed.ecosystem, None, "a mistake in a used file is one");
    assert_eq!(parsed.diagnostics[0].place(&parsed.sources).file, "bad");
}

#[test]
fn tunables_are_where_their_values_stand() {
    let text = "ECOSYSTEM \"e\" {
        ENTITY \"a\" { TYPE: Model.Transformer MODEL_KEY: \"small\" }
        ATTRACTOR \"q\" { ON_INTENT: [\"*\"] STAGE \"s\" { EXECUTE: \"a\" TEMPERATURE: 0.25 } }
        POLICY { REQUIRE_JUDGE: false }
    }";
    let mut found = String::new();
    let parsed = read(text);
    for tunable in &parsed.tunables {
        let written = tunable.span.map_or("-", |span| &text[span.start..span.end]);
        let _ = writeln!(found, "{:?} {written}", tunable.tuned);
    }
    let stage = StageName { attractor: "q".to_owned(), stage: "s".to_owned() };
    let value = |tuned: &Tuned| {
        let tunable = parsed.tunables.iter().find(|tunable| tunable.tuned == *tuned);
        tunable.map(|tunable| tunable.span.map_or("-", |span| &text[span.start..span.end]))
    };
    assert_eq!(value(&Tuned::ModelKey("a".to_owned())), Some("\"small\""), "{found}");
    assert_eq!(value(&Tuned::Execute(stage.clone())), Some("\"a\""));
    assert_eq!(value(&Tuned::Temperature(stage.clone())), Some("0.25"));
    assert_eq!(value(&Tuned::PromptTransform(stage)), Some("-"));
    assert_eq!(value(&Tuned::JudgeEntity), Some("-"));
}

#[test]
fn long_lists_have_a_line_for_each_entry() {
    let intents: Vec<String> = (0..30).map(|n| format!("\"intent{n}\"")).collect();
    let text = format!("ECOSYSTEM \"e\" {{ ATTRACTOR \"q\" {{ ON_INTENT: [{}] }} }}", intents.join(","));
    let formatted = format("t.flux", &text, &Limits::DEFAULT).expect("a text");
    assert!(formatted.contains("        ON_INTENT: [\n            \"intent0\",\n"), "{formatted}");
    assert_eq!(format("t.flux", &formatted, &Limits::DEFAULT).as_ref(), Ok(&formatted));
}

#[test]
fn odd_texts_do_no_harm() {
    for text in [
        "",
        "\u{feff}",
        "\"",
        "{",
        "}",
        "ECOSYSTEM",
        "ECOSYSTEM \"",
        "ECOSYSTEM \"a\" {",
        "ECOSYSTEM \"a\" { ENTITY",
        "ECOSYSTEM \"a\" { X: [ { [ { ( } ] }",
        "ECOSYSTEM \"a\" {}}}}",
        "#",
        "//",
        "ECOSYSTEM \"a\" {} #",
        "ECOSYSTEM \"a\" {}//\r\n\r//x",
        "ECOSYSTEM \"a\" {{{{{{{{{{{{",
        "\\",
        "ECOSYSTEM \"\\",
        "ECOSYSTEM\"\\\n\" {}",
        "ECOSYSTEM \"a\" { ENTITY \"b\" \u{e9} { } }",
        "ECOSYSTEM \"a\" { SEED: [\"1\" }",
    ] {
        fuzz_ecosystem(text.as_bytes());
    }
    fuzz_ecosystem(&[0xff, 0xfe, b'"', 0]);
}

#[test]
fn editors_are_told_lines_and_columns() {
    let text = "ECOSYSTEM \"\u{e9}\" {\n  SEED: 1 SEED: 2 }";
    let parsed = read(text);
    let plain = parsed.diagnostics[0].plain(&parsed.sources);
    assert_eq!((plain.code, plain.severity), ("eco::repeated-key", "warning"));
    let range = |range: &crate::diagnostic::PlainRange| {
        (range.start, range.end, range.line, range.column, range.end_line, range.end_column)
    };
    assert_eq!(range(&plain.range), (19, 23, 2, 3, 2, 7));
    assert_eq!(range(&plain.labels[0].0), (27, 31, 2, 11, 2, 15));
}

#[test]
fn a_file_may_be_used_by_several() {
    let file = |uses: &[&str]| {
        let entities: String =
            uses.iter().map(|name| format!("ENTITY \"{name}\" {{ USES: \"{name}\" }} ")).collect();
        let stages: String =
            uses.iter().map(|name| format!("STAGE \"{name}\" {{ EXECUTE: \"{name}\" }} ")).collect();
        let attractor = format!("ATTRACTOR \"q\" {{ ON_INTENT: [\"*\"] {stages} }}");
        format!("ECOSYSTEM \"e\" {{ {entities} {attractor} POLICY {{ REQUIRE_JUDGE: false }} }}")
    };
    let files = BTreeMap::from([
        ("b".to_owned(), file(&["d"])),
        ("c".to_owned(), file(&["d"])),
        ("d".to_owned(), "ECOSYSTEM \"d\" {}".to_owned()),
    ]);
    let parsed = parse("a", &file(&["b", "c"]), &files, &Limits::DEFAULT);
    assert_eq!(parsed.diagnostics, []);
    assert_eq!((parsed.used.len(), parsed.sources.len()), (3, 4), "each is read once");
}
