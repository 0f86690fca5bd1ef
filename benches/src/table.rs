//! Tables of figures: for people and for programs, and the spread of a median.

use serde_json::{Map, Value};

use flux_genome::rng::Rng;

/// Samples that the spread of a median is taken from.
const RESAMPLES: usize = 2_000;

/// Figures in rows.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// The names of its columns.
    pub columns: Vec<&'static str>,
    /// `rows[i][k]` stands under `columns[k]`.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// The table as text, in columns that Markdown reads.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let columns: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        let rule: Vec<String> = self.columns.iter().map(|_| "---".to_owned()).collect();
        let mut out = format!("{}\n\n{}{}", self.title, line(&columns), line(&rule));
        for row in &self.rows {
            out.push_str(&line(&row.iter().map(cell).collect::<Vec<_>>()));
        }
        out
    }

    /// The table as one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = |row: &Vec<Value>| -> Value {
            let cells = self.columns.iter().map(ToString::to_string).zip(row.iter().cloned());
            Value::Object(cells.collect::<Map<_, _>>())
        };
        serde_json::json!({
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "schema": "flux.problems/1",
            "title": self.title,
        })
    }
}

/// A cell as people read it: nothing for null, at most two digits after the point.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            let text = format!("{:.2}", number.as_f64().unwrap_or(f64::NAN));
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        other => other.to_string(),
    }
}

/// The median of `values` and the 95 % interval of it by resampling, as text; the value alone when there is only one.
///
/// # Determinism
/// A function of the values: the resampling has a fixed seed.
#[must_use]
pub fn spread(values: &[f64]) -> String {
    let Some(middle) = median(values) else { return String::new() };
    if values.len() == 1 {
        return format!("{middle:.1}");
    }
    let mut rng = Rng::new(values.len() as u64, "bootstrap");
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let sample: Vec<f64> = (0..values.len()).filter_map(|_| rng.pick(values).copied()).collect();
            median(&sample)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let at = |share: f64| medians.get((share * (RESAMPLES - 1) as f64) as usize).copied().unwrap_or(middle);
    format!("{middle:.1} [{:.1}, {:.1}]", at(0.025), at(0.975))
}

/// The middle of `values`; of an even number of them the mean of the two in the middle.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some((lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_in_the_middle_and_within_its_interval() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0]), Some(2.0));
        assert_eq!(median(&[5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(spread(&[4.0]), "4.0");
        assert_eq!(spread(&[4.0; 9]), "4.0 [4.0, 4.0]");
    }

    #[test]
    fn a_table_is_text_and_json() {
        let table = Table {
            title: "t".to_owned(),
            columns: vec!["name", "x"],
            rows: vec![vec!["a".into(), 1.5.into()], vec!["b".into(), Value::Null]],
        };
        assert_eq!(table.text(), "t\n\n| name | x |\n| --- | --- |\n| a | 1.5 |\n| b |  |\n");
        assert_eq!(table.json()["rows"][0]["x"], 1.5);
    }
}
