//! JSON on standard output: one object a command, keys sorted, with its schema's name and version.

use serde::Serialize;

use crate::io::Io;

/// Prints `value` under `schema`, such as `flux.run/1`.
pub(crate) fn print(io: &mut Io, schema: &str, value: &impl Serialize) -> miette::Result<()> {
    let text = text(schema, value)?;
    io.print(text)
}

/// `value` under `schema` as a text of several lines.
pub(crate) fn text(schema: &str, value: &impl Serialize) -> miette::Result<String> {
    let mut value = sorted(value)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("schema".to_owned(), schema.into());
    }
    Ok(format!("{value:#}\n"))
}

/// Prints `value`, which has its schema in it, as a line of JSON Lines.
pub(crate) fn line(io: &mut Io, value: &impl Serialize) -> miette::Result<()> {
    let value = sorted(value)?;
    io.line(value.to_string())
}

/// A `serde_json::Value` keeps its keys sorted.
fn sorted(value: &impl Serialize) -> miette::Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| miette::miette!("failed to write JSON: {error}"))
}
