use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Limits, parse, print};
use super::{Choices, read, read_text, schema, to_json};
use crate::includes::NoIncludes;

const DEMO: &str = include_str!("../../../../../tests/fuzz/seeds/ecosystem/demo_architect.flux");

fn demo() -> Value {
    let parsed = parse("demo.flux", DEMO, &NoIncludes, &Limits::DEFAULT);
    to_json(&parsed.ecosystem.expect("an ecosystem"))
}

/// What is wrong with a value, a line each.
fn wrong(value: &Value) -> Vec<String> {
    read(value, &Limits::DEFAULT).diagnostics.iter().map(ToString::to_string).collect()
}

/// Values that a schema of this crate allows.
fn allowed(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(words) = schema["enum"].as_array() {
        return prop::sample::select(words.clone()).boxed();
    }
    let length = |key: &str, default: u64| schema[key].as_u64().unwrap_or(default) as usize;
    match schema["type"].as_str().expect("a type") {
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "string" => {
            let (min, max) = (length("minLength", 0), length("maxLength", 12));
            let character = prop_oneof![any::<char>(), Just('"'), Just('\u{10ffff}')];
            prop::collection::vec(character, min..=max)
                .prop_map(|chars| Value::from(chars.into_iter().collect::<String>()))
                .boxed()
        }
        "integer" => {
            let (min, max) = (length("minimum", 0) as u64, length("maximum", 0) as u64);
            // A schema calls 3.0 a whole number as well; larger ones with a point are read to the nearest quarter.
            let float = (min..(1 << 49)).prop_map(|n| Value::from(n as f64));
            prop_oneof![(min..=max).prop_map(Value::from), Just(Value::from(max)), float].boxed()
        }
        "number" => {
            let max = schema["maximum"].as_f64().expect("a maximum");
            match schema["minimum"].as_f64() {
                Some(min) => prop_oneof![(min..=max).prop_map(Value::from), Just(Value::from(max))].boxed(),
                None => {
                    let above = schema["exclusiveMinimum"].as_f64().expect("a minimum");
                    (above..=max).prop_map(move |n| Value::from(if n > above { n } else { max })).boxed()
                }
            }
        }
        "array" => {
            // Not too many of what may itself be large.
            let (min, max) = (length("minItems", 0), length("maxItems", 3));
            let max = if schema["items"]["type"] == "object" { max.min(3) } else { max };
            prop::collection::vec(allowed(&schema["items"]), min..=max).prop_map(Value::Array).boxed()
        }
        "object" => {
            let required = schema["required"].as_array().expect("required keys").clone();
            let properties = schema["properties"].as_object().expect("properties");
            let mut object = Just(Map::new()).boxed();
            for (key, schema) in properties.clone() {
                let value = if required.contains(&Value::from(key.clone())) {
                    allowed(&schema).prop_map(Some).boxed()
                } else {
                    prop::option::of(allowed(&schema)).boxed()
                };
                object = (object, value)
                    .prop_map(move |(mut object, value)| {
                        object.extend(value.map(|value| (key.clone(), value)));
                        object
                    })
                    .boxed();
            }
            object.prop_map(Value::Object).boxed()
        }
        other => panic!("no values of the type {other}"),
    }
}

/// Whether a schema of this crate allows a value.
fn allows(schema: &Value, value: &Value) -> bool {
    if let Some(words) = schema["enum"].as_array() {
        return words.contains(value);
    }
    let within = |n: f64| {
        schema["minimum"].as_f64().is_none_or(|min| n >= min)
            && schema["exclusiveMinimum"].as_f64().is_none_or(|min| n > min)
            && schema["maximum"].as_f64().is_none_or(|max| n <= max)
    };
    match (schema["type"].as_str(), value) {
        (Some("boolean"), Value::Bool(_)) => true,
        (Some("string"), Value::String(text)) => {
            let n = text.chars().count() as u64;
            schema["minLength"].as_u64().is_none_or(|min| n >= min)
                && schema["maxLength"].as_u64().is_none_or(|max| n <= max)
        }
        (Some("integer"), Value::Number(n)) => n.is_u64() && n.as_f64().is_some_and(within),
        (Some("number"), Value::Number(n)) => n.as_f64().is_some_and(within),
        (Some("array"), Value::Array(values)) => {
            values.len() as u64 <= schema["maxItems"].as_u64().unwrap_or(u64::MAX)
                && values.len() as u64 >= schema["minItems"].as_u64().unwrap_or(0)
                && values.iter().all(|value| allows(&schema["items"], value))
        }
        (Some("object"), Value::Object(object)) => {
            let required = schema["required"].as_array().expect("required keys");
            required.iter().all(|key| object.contains_key(key.as_str().expect("a key")))
                && object.iter().all(|(key, value)| {
                    schema["properties"].get(key).is_some_and(|schema| allows(schema, value))
                })
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_schema_allows_has_the_form_of_an_ecosystem(value in allowed(&schema(&Choices {
        model_keys: vec!["fast".to_owned(), "slow".to_owned()],
    }))) {
        let reading = read(&value, &Limits { errors: usize::MAX, ..Limits::DEFAULT });
        for diagnostic in reading.errors() {
            // Names and chains are beyond a schema, and so is that an overlap is less than the part that it is of.
            let is_overlap = diagnostic.path.ends_with("chunk_overlap") || diagnostic.path.ends_with("max_chunk_tokens");
            let is_meaning = !matches!(diagnostic.code, "eco::json" | "eco::wrong-value" | "eco::out-of-range" | "eco::name-too-long" | "eco::missing-name");
            prop_assert!(is_meaning || is_overlap, "{}", diagnostic);
        }
        prop_assert_eq!(&read_text(&value.to_string(), &Limits::DEFAULT).diagnostics.len(), &read(&value, &Limits::DEFAULT).diagnostics.len());
    }
}

#[test]
fn what_is_written_is_within_the_schema() {
    let demo = demo();
    assert!(allows(&schema(&Choices::default()), &demo), "{demo:#}");
    let model_keys = ["fast", "judge-model", "architect"].map(str::to_owned).to_vec();
    assert!(allows(&schema(&Choices { model_keys }), &demo));
    assert!(!allows(&schema(&Choices { model_keys: vec!["other".to_owned()] }), &demo));
}

#[test]
fn the_schema_offers_the_words_of_the_language() {
    let schema = schema(&Choices { model_keys: vec!["fast".to_owned()] });
    let entity = &schema["properties"]["entities"]["items"]["properties"];
    assert_eq!(entity["model_key"]["enum"], json!(["fast"]));
    assert_eq!(entity["recursive_config"]["properties"]["sub_model_key"]["enum"], json!(["fast"]));
    assert_eq!(entity["router"]["enum"], json!(["vote", "best-of", "average"]));
    let stage = &schema["properties"]["attractors"]["items"]["properties"]["stages"]["items"];
    assert_eq!(stage["properties"]["temperature"], json!({"type": "number", "minimum": 0.0, "maximum": 2.0}));
    assert_eq!(stage["required"], json!(["name", "execute"]));
    assert_eq!(stage["additionalProperties"], json!(false));
}

#[test]
fn mistakes_are_named_by_their_paths() {
    let mut value = demo();
    value["attractors"][0]["stages"][0]["execute"] = "fats".into();
    value["attractors"][0]["stages"][0]["temperature"] = json!(3);
    value["entities"][0]["model_keys"] = "x".into();
    value["entities"][1]["type"] = "Model.Transfomer".into();
    value["policy"]["require_judge"] = "yes".into();
    assert_eq!(
        wrong(&value),
        [
            "error at `$.attractors[0].stages[0].execute`: there is no ENTITY `fats`; did you mean `fast`?",
            "error at `$.attractors[0].stages[0].temperature`: `TEMPERATURE` is within 0 and 2, found `3`",
            "error at `$.entities[0].model_keys`: unknown key `model_keys`; did you mean `model_key`?",
            "error at `$.entities[1].type`: `type` takes one of `Model.Ensemble`, `Model.Transformer`, \
             `Human.In.The.Loop`, `ECOSYSTEM`, `Recursive.Ensemble`, found `Model.Transfomer`; did you mean \
             `Model.Transformer`?",
            "error at `$.policy.require_judge`: expected `true` or `false`, found a text",
        ]
    );
    let expected = ["error at `$`: expected an object, found a list"];
    assert_eq!(wrong(&json!([])), expected);
    assert_eq!(wrong(&json!({})), ["error at `$`: the key `name` is missing"]);
    let read = read_text("Here it is: {}", &Limits::DEFAULT);
    assert!(read.ecosystem.is_none() && read.diagnostics[0].message.starts_with("expected one JSON value"));
}

#[test]
fn nothing_is_said_by_null() {
    let mut value = demo();
    value["seed"] = Value::Null;
    value["entities"][0]["fallback"] = Value::Null;
    value["entities"][0]["members"] = json!([]);
    let read = read(&value, &Limits::DEFAULT);
    let parsed = parse("demo.flux", DEMO, &NoIncludes, &Limits::DEFAULT).ecosystem;
    assert_eq!(read.ecosystem, parsed);
    assert_eq!(read.ecosystem.map(|tree| print(&tree)), parsed.map(|tree| print(&tree)));
}

#[test]
fn limits_hold_at_their_edges() {
    let value = demo();
    let n_bytes = value.to_string().len();
    let none: [&str; 0] = [];
    let at = |limits: Limits| {
        let text = value.to_string();
        read_text(&text, &limits).diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>()
    };
    // Nothing asks the architect, and that is the only thing to say.
    assert_eq!(at(Limits { source_bytes: n_bytes, ..Limits::DEFAULT }), ["eco::unused-entity"]);
    assert_eq!(at(Limits { source_bytes: n_bytes - 1, ..Limits::DEFAULT }), ["eco::source-too-large"]);
    assert_eq!(at(Limits { items: 5, ..Limits::DEFAULT }), ["eco::too-many-items"]);
    let mut long = value.clone();
    long["name"] = "n".repeat(255).into();
    let errors =
        |value: &Value| read(value, &Limits::DEFAULT).errors().map(|error| error.code).collect::<Vec<_>>();
    assert_eq!(errors(&long), none);
    long["name"] = "n".repeat(256).into();
    assert_eq!(errors(&long), ["eco::name-too-long"]);
}
