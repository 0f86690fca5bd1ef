//! JSON on standard output: one object a command, keys sorted, with its schema's name and version.

use serde::Serialize;

use crate::io::Io;

/// Prints `value` under `schema`, such as `flux.run/1`.
pub(crate) fn print(io: &mut Io, schema: &str, value: &impl Serialize) -> miette::Result<()> {
    let mut value =
        serde_json::to_value(value).map_err(|error| miette::miette!("failed to write JSON: {error}"))?;
    if let Some(object) = value.as_object_mut() {
        object.insert("schema".to_owned(), schema.into());
    }
    // `serde_json::Value` keeps its keys sorted.
    io.line(format!("{value:#}"))
}
