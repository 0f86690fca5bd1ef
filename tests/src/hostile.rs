//! Hostile genomes: a file each, with the ending that it must have.

use std::fs;
use std::path::Path;
use std::time::Duration;

use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, CapabilitySet};
use flux_sandbox::{Input, Setting};

use crate::{Verdict, directives, sandbox};

/// The text with every part between `;;BEGIN` and `;;END` written `times` times; `$i` in it is the number of the
/// repetition, from 0.
fn expand(text: &str, times: usize) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(";;BEGIN") {
        let (part, after) = after.split_once(";;END").ok_or("expected `;;END` after `;;BEGIN`")?;
        expanded.push_str(before);
        for i in 0..times {
            expanded.push_str(&part.replace("$i", &i.to_string()));
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Runs one hostile genome and compares how it ends.
///
/// The directives are those of `tests/hostile/README.md`.
///
/// # Errors
/// What differs.
pub fn check(path: &Path) -> Verdict {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let source = String::from_utf8_lossy(&bytes);
    let directives = directives::read(&source);
    let value = |name: &str| directives::value(&directives, name);
    let expected = value("ENDING").ok_or("expected a directive `ENDING:`")?;
    let times = match value("REPEAT") {
        // The first word names the counter; it is always `i`.
        Some(repeat) => repeat
            .rsplit(' ')
            .next()
            .unwrap_or(repeat)
            .replace('_', "")
            .parse()
            .map_err(|error| format!("`REPEAT:` {error}"))?,
        None => 1,
    };
    let mut setting = Setting::default();
    setting.limits.cycles = match value("CYCLES") {
        Some(cycles) => cycles.replace('_', "").parse().map_err(|error| format!("`CYCLES:` {error}"))?,
        None => 1_000_000,
    };
    if let Some(deadline) = value("DEADLINE") {
        let deadline = deadline.parse().map_err(|error| format!("`DEADLINE:` {error}"))?;
        setting.limits.deadline = Duration::from_millis(deadline);
    }
    let grants: CapabilitySet = value("GRANT")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::parse)
        .collect::<Result<_, flux_genome::capability::ParseCapabilityError>>()
        .map_err(|error| error.to_string())?;
    let given = value("INPUT").unwrap_or_default();
    let input = match value("WORLD") {
        Some("ecosystem") => Input::Prompt(given.to_owned()),
        _ => Input::Numbers(
            given
                .split_whitespace()
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|error| format!("`INPUT:` {error}"))?,
        ),
    };
    let text = expand(&source, times)?;
    let (found, message) = match compile(&text) {
        Err(error) => (format!("refused:{}", error.code()), error.to_string()),
        Ok(genome) => match sandbox().load(&genome, grants) {
            Err(refusal) => (format!("refused:{}", refusal.code()), refusal.to_string()),
            Ok(loaded) => {
                let outcome = sandbox().run(&loaded, &input, &setting);
                (outcome.ending.code(), outcome.ending.to_string())
            }
        },
    };
    if found == expected {
        Ok(())
    } else {
        Err(format!("expected ending `{expected}`, found `{found}`: {message}"))
    }
}

fn compile(text: &str) -> Result<flux_genome::Genome, TextError> {
    // A file without a module in it stands for bytes that are not WebAssembly at all.
    if text.contains("(module") || text.contains("(component") {
        text::compile(text, &Bounds::DEFAULT)
    } else {
        text::from_binary(text.as_bytes().to_vec(), &Bounds::DEFAULT)
    }
}
