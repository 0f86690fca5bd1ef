//! Groups of options that several commands share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use flux_genome::{Bounds, Capability, CapabilitySet};
use flux_sandbox::{Limits, Setting};

/// How output looks.
#[derive(Clone, Debug, Args)]
pub(crate) struct OutputArgs {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// Where output is a terminal that can; `NO_COLOR` and `TERM=dumb` say that it cannot.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where runs are kept.
#[derive(Clone, Debug, Args)]
pub(crate) struct BankArgs {
    /// The bank: the file that genomes and runs are kept in.
    #[arg(long, default_value = "flux.bank", value_name = "FILE")]
    bank: PathBuf,
}

impl BankArgs {
    pub(crate) fn path(&self) -> &Path {
        &self.bank
    }
}

/// What a genome may look like.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BoundArgs {
    /// Raise or lower a bound on a genome's shape: component-bytes, modules, functions, types, body-bytes, locals,
    /// nesting, operand-stack, jump-targets, globals, compile-work, memory-pages, table-elements.
    #[arg(long = "bound", value_name = "NAME=VALUE", value_parser = parse_bound)]
    bounds: Vec<(String, u64)>,
}

impl BoundArgs {
    pub(crate) fn bounds(&self) -> Bounds {
        let mut bounds = Bounds::DEFAULT;
        for (name, value) in &self.bounds {
            if let Some(place) = bound(&mut bounds, name) {
                *place = *value;
            }
        }
        bounds
    }
}

fn bound<'a>(bounds: &'a mut Bounds, name: &str) -> Option<&'a mut u64> {
    Some(match name {
        "component-bytes" => &mut bounds.component_bytes,
        "modules" => &mut bounds.modules,
        "component-depth" => &mut bounds.component_depth,
        "functions" => &mut bounds.functions,
        "types" => &mut bounds.types,
        "body-bytes" => &mut bounds.body_bytes,
        "locals" => &mut bounds.locals,
        "nesting" => &mut bounds.nesting,
        "operand-stack" => &mut bounds.operand_stack,
        "jump-targets" => &mut bounds.jump_targets,
        "globals" => &mut bounds.globals,
        "compile-work" => &mut bounds.compile_work,
        "memory-pages" => &mut bounds.memory_pages,
        "table-elements" => &mut bounds.table_elements,
        _ => return None,
    })
}

fn parse_bound(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    bound(&mut Bounds::DEFAULT.clone(), name).ok_or_else(|| format!("there is no bound `{name}`"))?;
    let value =
        value.replace('_', "").parse().map_err(|_| format!("expected a whole number, found `{value}`"))?;
    Ok((name.to_owned(), value))
}

/// What a genome may do.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct GrantArgs {
    /// Grant a capability: senses, mail, memory, random, log, files. Repeat, or separate by commas.
    #[arg(long = "grant", value_name = "NAME", value_delimiter = ',', value_parser = parse_capability)]
    grants: Vec<Capability>,
}

impl GrantArgs {
    pub(crate) fn set(&self) -> CapabilitySet {
        self.grants.iter().copied().collect()
    }
}

fn parse_capability(text: &str) -> Result<Capability, String> {
    text.parse().map_err(|error: flux_genome::capability::ParseCapabilityError| error.to_string())
}

/// What a run may use up, and what it starts from.
#[derive(Clone, Debug, Args)]
pub(crate) struct LimitArgs {
    /// Cycles that the run may cost: 100,000,000 for a genome and 1,000,000 for bytecode unless it is said.
    #[arg(long, value_name = "N", value_parser = parse_count)]
    cycles: Option<u64>,
    /// Memory that the run may have, such as 512KiB or 16MiB.
    #[arg(long, default_value = "16MiB", value_name = "BYTES", value_parser = parse_bytes)]
    memory: usize,
    /// Seconds after which the run is stopped whatever it has cost.
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS", value_parser = parse_seconds)]
    deadline: f64,
    /// Seed of the `random` capability.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Readings of a channel of `senses`, such as 0=180,190,205. Of several agents each has them; AGENT:0=180 is for the
    /// one of this name or number alone.
    #[arg(long = "sense", value_name = "[AGENT:]CHANNEL=READINGS", value_parser = parse_readings, allow_hyphen_values = true)]
    senses: Vec<Readings>,
}

/// Readings of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Readings {
    /// The agent that has them; none where each has.
    pub(crate) agent: Option<String>,
    channel: u32,
    values: Vec<i64>,
}

impl LimitArgs {
    pub(crate) fn setting(&self) -> Setting {
        Setting {
            limits: Limits {
                cycles: self.cycles.unwrap_or(Limits::DEFAULT.cycles).min(Limits::MAX_CYCLES),
                memory_bytes: self.memory,
                deadline: Duration::from_secs_f64(self.deadline),
                ..Limits::DEFAULT
            },
            seed: self.seed,
            senses: self.senses(|_| false),
            ..Setting::default()
        }
    }
}

impl LimitArgs {
    /// The cycles that bytecode may take.
    pub(crate) fn bytecode_cycles(&self) -> u64 {
        self.cycles.unwrap_or(flux_vm::machine::DEFAULT_BUDGET)
    }

    /// The readings, in the order in which they were given.
    pub(crate) fn readings(&self) -> &[Readings] {
        &self.senses
    }

    /// Readings by channel that an agent has: those for each, and over them those that `is_agent` says are its own.
    pub(crate) fn senses(&self, is_agent: impl Fn(&str) -> bool) -> BTreeMap<u32, Vec<i64>> {
        let for_each = self.senses.iter().filter(|it| it.agent.is_none());
        let own = self.senses.iter().filter(|it| it.agent.as_deref().is_some_and(&is_agent));
        for_each.chain(own).map(|it| (it.channel, it.values.clone())).collect()
    }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.001..=86_400.0).contains(seconds))
        .ok_or_else(|| format!("expected seconds between 0.001 and 86400, found `{text}`"))
}

fn parse_readings(text: &str) -> Result<Readings, String> {
    let before = text.split('=').next().unwrap_or_default();
    let (agent, text) = match before.rfind(':') {
        Some(at) => (Some(text[..at].to_owned()), &text[at + 1..]),
        None => (None, text),
    };
    if agent.as_deref() == Some("") {
        return Err("expected the name or the number of an agent before `:`".to_owned());
    }
    let (channel, values) = parse_sense(text)?;
    Ok(Readings { agent, channel, values })
}

pub(crate) fn parse_sense(text: &str) -> Result<(u32, Vec<i64>), String> {
    let (channel, readings) = text.split_once('=').ok_or("expected CHANNEL=READINGS")?;
    let channel = channel.parse().map_err(|_| format!("expected a channel number, found `{channel}`"))?;
    let readings = readings
        .split(',')
        .map(|reading| {
            reading.trim().parse().map_err(|_| format!("expected a whole number, found `{reading}`"))
        })
        .collect::<Result<_, _>>()?;
    Ok((channel, readings))
}

pub(crate) fn parse_count(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("expected a whole number, found `{text}`"))
}

pub(crate) fn parse_bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len()));
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(format!("expected a unit KiB, MiB or GiB, found `{unit}`")),
    };
    digits
        .replace('_', "")
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|bytes| *bytes <= Limits::MAX_MEMORY_BYTES)
        .ok_or_else(|| format!("expected at most 1GiB, found `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_bytes("16MiB"), Ok(16 << 20));
        assert_eq!(parse_bytes("65_536"), Ok(65_536));
        assert!(parse_bytes("1 MB").is_err());
        assert!(parse_bytes("2GiB").is_err());
    }

    #[test]
    fn readings_may_be_negative() {
        assert_eq!(parse_sense("3=-1,2"), Ok((3, vec![-1, 2])));
        assert!(parse_sense("3").is_err());
    }

    #[test]
    fn readings_may_be_for_an_agent() {
        let readings = |agent: Option<&str>| Readings {
            agent: agent.map(ToOwned::to_owned),
            channel: 3,
            values: vec![7],
        };
        assert_eq!(parse_readings("3=7"), Ok(readings(None)));
        assert_eq!(parse_readings("ping:3=7"), Ok(readings(Some("ping"))));
        assert_eq!(parse_readings("a:b:3=7"), Ok(readings(Some("a:b"))));
        assert!(parse_readings(":3=7").is_err());
        assert!(parse_readings("ping:=7").is_err());
    }

    #[test]
    fn every_bound_that_the_help_names_can_be_set() {
        for name in "component-bytes, modules, functions, types, body-bytes, locals, nesting, operand-stack, jump-targets, globals, compile-work, memory-pages, table-elements".split(", ") {
            assert_eq!(parse_bound(&format!("{name}=7")), Ok((name.to_owned(), 7)));
        }
        assert!(parse_bound("size=7").is_err());
    }
}
