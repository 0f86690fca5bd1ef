//! The ecosystems that come with flux make sense, are laid out as `flux fmt` does it, and mean the same when printed.

#![expect(clippy::disallowed_methods, reason = "a test reads files; the library does not")]

use std::fs;
use std::path::Path;

use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::Included;

/// Where they are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genomes/ecosystems");

fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(Path::new(FOLDER).join(name)).map_err(|error| format!("{name}: {error}"))
}

#[test]
fn shipped_ecosystems_make_sense_and_go_round() -> Result<(), String> {
    let includes = |name: &str, _from: &str| read(name).map(|text| Included { name: name.to_owned(), text });
    for name in ["demo.flux", "panel.flux", "library.flux"] {
        let text = read(name)?;
        let parsed = ecosystem::parse(name, &text, &includes, &Limits::DEFAULT);
        let tree = parsed.ecosystem.as_ref().ok_or_else(|| parsed.render())?;
        let formatted =
            ecosystem::format(name, &text, &Limits::DEFAULT).map_err(|refused| refused.render())?;
        assert_eq!(formatted, text, "{name} is not formatted");
        let printed = ecosystem::print(tree);
        let again = ecosystem::parse(name, &printed, &includes, &Limits::DEFAULT);
        assert_eq!(again.ecosystem.as_ref(), Some(tree), "{name}: {}", again.render());
    }
    Ok(())
}
