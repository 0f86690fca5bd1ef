//! Hostile genomes: a file each, with the ending that it must have.

use std::fs;
use std::path::Path;
use std::time::Duration;

use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, CapabilitySet};
use flux_sandbox::{Input, Setting};

use crate::tiers::Tiers;
use crate::{Verdict, directives, sandbox};

/// The text with every part between `;;BEGIN` and `;;END` written as often as its `REPEAT` directive says.
///
/// The first directive is for the first part, and so on; `$i` in a part is the number of the repetition, from 0.
fn expand(text: &str, repeats: &[usize]) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    let mut repeats = repeats.iter();
    while let Some((before, after)) = rest.split_once(";;BEGIN") {
        let (part, after) = after.split_once(";;END").ok_or("expected `;;END` after `;;BEGIN`")?;
        let times = repeats.next().ok_or("expected a `REPEAT:` directive for each `;;BEGIN`")?;
        expanded.push_str(before);
        for i in 0..*times {
            expanded.push_str(&part.replace("$i", &i.to_string()));
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Runs one hostile genome and compares how it ends.
///
/// Directives: `ENDING: CODE` (see `flux_sandbox::Ending::code`), and optionally `GRANT: names`, `INPUT: numbers`,
/// `PROMPT: text`, `CYCLES: budget` (default 1,000,000), `DEADLINE: milliseconds`, `REPEAT: count` for each `;;BEGIN`
/// part, `RESULT: numbers` for what must come out.
///
/// # Errors
/// What differs.
pub fn check(path: &Path) -> Verdict {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let source = String::from_utf8_lossy(&bytes);
    let directives = directives::read(&source);
    let value = |name: &str| directives::value(&directives, name);
    let expected = value("ENDING").ok_or("expected a directive `ENDING:`")?;
    let repeats = directives
        .iter()
        .filter(|(name, _)| name == "REPEAT")
        .map(|(_, value)| value.rsplit(' ').next().unwrap_or(value).replace('_', "").parse::<usize>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("`REPEAT:` {error}"))?;
    let mut setting = Setting::default();
    setting.limits.cycles = match value("CYCLES") {
        Some(cycles) => cycles.replace('_', "").parse().map_err(|error| format!("`CYCLES:` {error}"))?,
        None => 1_000_000,
    };
    if let Some(milliseconds) = value("DEADLINE") {
        let milliseconds = milliseconds.parse().map_err(|error| format!("`DEADLINE:` {error}"))?;
        setting.limits.deadline = Duration::from_millis(milliseconds);
    }
    let grants: CapabilitySet = value("GRANT")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::parse)
        .collect::<Result<_, flux_genome::capability::ParseCapabilityError>>()
        .map_err(|error| error.to_string())?;
    let input = match (value("PROMPT"), value("WORLD")) {
        (Some(prompt), _) => Input::Prompt(prompt.to_owned()),
        (None, Some("ecosystem")) => Input::Prompt("hello".to_owned()),
        (None, _) => Input::Numbers(
            value("INPUT")
                .unwrap_or_default()
                .split_whitespace()
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|error| format!("`INPUT:` {error}"))?,
        ),
    };
    let text = expand(&source, &repeats)?;
    let (found, message) = match compile(&text) {
        Err(error) => (format!("refused:{}", error.code()), error.to_string()),
        Ok(genome) => match sandbox().load(&genome, grants) {
            Err(refusal) => (format!("refused:{}", refusal.code()), refusal.to_string()),
            Ok(loaded) => {
                let outcome = sandbox().run(&loaded, &input, &setting);
                if let Some(tiers) = Tiers::load(&genome).map_err(|refusal| refusal.to_string())? {
                    let (found, _) = tiers.agree_at_the_edges(&input, &setting)?;
                    if found != outcome {
                        return Err(format!("one tier: {found:?}\nboth: {outcome:?}"));
                    }
                }
                (outcome.ending.code(), outcome.ending.to_string())
            }
        },
    };
    if found != expected {
        return Err(format!("expected ending `{expected}`, found `{found}`: {message}"));
    }
    match value("RESULT") {
        Some(result) if result != message => Err(format!("expected result `{result}`, found `{message}`")),
        _ => Ok(()),
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
