//! What is different between two ecosystems, for people.

use flux_lang::ecosystem::{Ecosystem, json};
use serde_json::Value;

/// Says each difference in a line such as ``entities.fast.model_key: "weak" -> "strong"``; a missing value is `-`.
///
/// Entries of lists are told apart by their names, and a list that only says who is meant is one value.
#[must_use]
pub fn difference(old: &Ecosystem, new: &Ecosystem) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &json::to_json(old), &json::to_json(new), &mut found);
    found
}

/// Calls itself as deep as blocks stand in each other.
fn compare(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    let keys = |value: &Value| -> Option<Vec<(String, Value)>> {
        match value {
            Value::Object(object) => {
                Some(object.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            Value::Array(values) => values
                .iter()
                .map(|value| Some((value.get("name")?.as_str()?.to_owned(), value.clone())))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    };
    let (Some(old_keys), Some(new_keys)) = (keys(old), keys(new)) else {
        let shown = |value: &Value| if value.is_null() { "-".to_owned() } else { value.to_string() };
        found.push(format!("{path}: {} -> {}", shown(old), shown(new)));
        return;
    };
    let before = found.len();
    let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let value_of = |all: &[(String, Value)], key: &str| {
        all.iter().find(|(known, _)| known == key).map_or(Value::Null, |(_, value)| value.clone())
    };
    for (key, old) in &old_keys {
        compare(&at(key), old, &value_of(&new_keys, key), found);
    }
    for (key, new) in new_keys.iter().filter(|(key, _)| value_of(&old_keys, key).is_null()) {
        compare(&at(key), &Value::Null, new, found);
    }
    if found.len() == before {
        found.push(format!("{path}: another order"));
    }
}

#[cfg(test)]
mod tests {
    use super::difference;
    use crate::designer::mutation::tests::pipeline;

    #[test]
    fn differences_are_named_by_what_they_are_in() {
        let old = pipeline();
        let mut new = old.clone();
        assert_eq!(difference(&old, &new), Vec::<String>::new());
        new.entities[0].model_key = Some("strong".to_owned());
        new.attractors[0].stages[1].temperature = 0.2;
        new.entities[2].nature = Some("fair".to_owned());
        new.attractors[0].stages[2].after = Some(vec!["Draft".to_owned()]);
        let expected = [
            "attractors.qa.stages.Other.temperature: 0.7 -> 0.2",
            "attractors.qa.stages.Join.after: [\"Draft\",\"Other\"] -> [\"Draft\"]",
            "entities.fast.model_key: \"weak\" -> \"strong\"",
            "entities.judge.nature: - -> \"fair\"",
        ];
        assert_eq!(difference(&old, &new), expected);
        let mut turned = old.clone();
        turned.entities.reverse();
        assert_eq!(difference(&old, &turned), ["entities: another order"]);
    }
}
