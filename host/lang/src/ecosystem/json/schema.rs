//! The JSON schema of ecosystems, made of the table of keys.

use serde_json::{Map, Value, json};

use super::super::keys::{Block, Key, Kind, Numbers, fields_of};
use super::writer::NAME;

/// The largest whole number that every reader of JSON takes as it is written: 2^53 - 1.
const LARGEST: u64 = 9_007_199_254_740_991;

/// The longest name, in characters: of four bytes each they are within [`super::super::Limits::name_bytes`].
const NAME_CHARACTERS: u64 = 63;

/// The longest list, so that the whole stays within [`super::super::Limits::items`].
const ENTRIES: u64 = 32;

/// What a schema offers besides the words of the language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The keys of models that there are; empty if any will do.
    pub model_keys: Vec<String>,
}

/// Returns the JSON schema (draft 2020-12) of an ecosystem.
///
/// It is narrower than what is read: policy and types have to be there, numbers are at most 2^53 - 1, names have at
/// most 63 characters and lists at most 32 entries. Nothing in it refers to anything else, so that servers which make
/// grammars of schemas can take it.
#[must_use]
pub fn schema(choices: &Choices) -> Value {
    let mut schema = block_schema(Block::Ecosystem, choices);
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    Value::Object(schema)
}

/// Calls itself as deep as blocks stand in each other: three times.
fn block_schema(block: Block, choices: &Choices) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required: Vec<String> = Vec::new();
    if block.has_name() {
        properties
            .insert(NAME.to_owned(), json!({"type": "string", "minLength": 1, "maxLength": NAME_CHARACTERS}));
        required.push(NAME.to_owned());
    }
    for (key, kind) in fields_of(block) {
        properties.insert(key.json(), value_schema(key, kind, choices));
        if matches!(key, Key::Type | Key::OnIntent | Key::Execute) {
            required.push(key.json());
        }
    }
    for inner in Block::WRITTEN.into_iter().filter(|inner| inner.parent() == block) {
        let schema = Value::Object(block_schema(inner, choices));
        let least = u64::from(inner == Block::Stage);
        let schema = if inner.is_many() {
            json!({"type": "array", "items": schema, "minItems": least, "maxItems": ENTRIES})
        } else {
            schema
        };
        properties.insert(inner.json().to_owned(), schema);
        if inner.is_many() || inner == Block::Policy {
            required.push(inner.json().to_owned());
        }
    }
    Map::from_iter([
        ("type".to_owned(), "object".into()),
        ("properties".to_owned(), Value::Object(properties)),
        ("required".to_owned(), required.into()),
        ("additionalProperties".to_owned(), false.into()),
    ])
}

fn value_schema(key: Key, kind: Kind, choices: &Choices) -> Value {
    match kind {
        Kind::Text => match key {
            Key::Model | Key::SubModel | Key::RootModel if !choices.model_keys.is_empty() => {
                json!({"type": "string", "enum": choices.model_keys})
            }
            _ => json!({"type": "string"}),
        },
        Kind::Number(numbers) => number_schema(numbers),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}, "maxItems": ENTRIES}),
        Kind::Truth => json!({"type": "boolean"}),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
    }
}

fn number_schema(numbers: Numbers) -> Value {
    if let Numbers::Whole(min) = numbers {
        return json!({"type": "integer", "minimum": min, "maximum": LARGEST});
    }
    let (min, takes_min) = numbers.min();
    let least = if takes_min { "minimum" } else { "exclusiveMinimum" };
    let max = numbers.max().map_or(json!(LARGEST), |max| json!(max));
    json!({"type": "number", least: min, "maximum": max})
}
