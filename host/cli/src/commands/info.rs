//! `flux info`.

use flux_genome::cost::CYCLES_1;
use flux_genome::{Bounds, Capability, CapabilitySet, World};
use flux_sandbox::Limits;
use serde::Serialize;

use crate::commands::version;
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::{json, table};

/// The forms of the plain core convention, for people.
const CONVENTION: &str = "\
A core module becomes a genome by exporting one of these:

  run: (i64 ...) -> (i64 ...)       numbers in, numbers out; the input must have as many as there are parameters
  run: (i32 i32) -> (i32 i32)       address and count of the input's numbers; returns those of the output's
  answer: (i32 i32) -> (i32 i32)    the same with bytes of UTF-8
  run or answer: (i32 i32) -> (i32) with `memory` and `cabi_realloc`: the component model's canonical ABI

Memory below the exported immutable global `__heap_base`, or below the end of the last data segment, is the module's
own; numbers are signed, 64 bits, little-endian.
Interfaces are imported by their short names: (import \"senses\" \"sense\" (func (param i32) (result i64))).
";

/// Arguments of `flux info`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux info\n  flux info --wit > genome.wit\n  flux info --json\n\nExit status: 0."
)]
pub(crate) struct Args {
    /// Print the contract between host and genomes, in WIT.
    #[arg(long, conflicts_with_all = ["convention", "json"])]
    wit: bool,
    /// Print how a core module written by hand becomes a genome.
    #[arg(long, conflicts_with = "json")]
    convention: bool,
    /// Print one JSON object (schema flux.info/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct InfoV1 {
    version: &'static str,
    engine: String,
    contract: String,
    worlds: Vec<&'static str>,
    capabilities: Vec<&'static str>,
    offered: Vec<&'static str>,
    cost_table: CostV1,
    limits: Vec<(&'static str, u64)>,
    bounds: Vec<(&'static str, u64)>,
}

#[derive(Serialize)]
struct CostV1 {
    name: &'static str,
    free_operators: &'static [&'static str],
    operator: u8,
    function_entry: u8,
    start: u8,
    memory_byte: u8,
    memory_page_grown: u8,
    table_element: u8,
    host_call: u64,
    host_call_byte: u64,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        if self.wit {
            io.print(flux_genome::world::WIT)?;
        } else if self.convention {
            io.print(CONVENTION)?;
        } else if self.json {
            json::print(io, "flux.info/1", &record())?;
        } else {
            let text = describe();
            io.print(text)?;
        }
        Ok(ExitStatus::Yes)
    }
}

fn names(set: CapabilitySet) -> Vec<&'static str> {
    set.iter().map(Capability::name).collect()
}

fn record() -> InfoV1 {
    let cost = CYCLES_1;
    InfoV1 {
        version: env!("CARGO_PKG_VERSION"),
        engine: version::engine(),
        contract: version::contract(),
        worlds: World::ALL.map(World::name).to_vec(),
        capabilities: names(CapabilitySet::ALL),
        offered: names(flux_sandbox::offered()),
        cost_table: CostV1 {
            name: cost.name,
            free_operators: cost.free_operators,
            operator: cost.operator_by_name("I64Add"),
            function_entry: cost.function_entry,
            start: cost.start,
            memory_byte: cost.memory_fill_per_byte,
            memory_page_grown: cost.memory_grow_per_page,
            table_element: cost.table_fill_per_element,
            host_call: cost.host_call,
            host_call_byte: cost.host_call_per_byte,
        },
        limits: limits(),
        bounds: bounds(),
    }
}

fn limits() -> Vec<(&'static str, u64)> {
    let limits = Limits::DEFAULT;
    vec![
        ("cycles", limits.cycles),
        ("memory bytes", limits.memory_bytes as u64),
        ("table elements", limits.table_elements as u64),
        ("deadline in ms", u64::try_from(limits.deadline.as_millis()).unwrap_or(u64::MAX)),
        ("log lines", limits.log_lines as u64),
        ("bytes of a log line", limits.log_line_bytes as u64),
        ("acts", limits.acts as u64),
        ("bytes kept by `memory`", limits.store_bytes as u64),
        ("bytes of files", limits.file_bytes as u64),
        ("files", limits.files as u64),
        ("messages in a mailbox", limits.mailbox_messages as u64),
        ("bytes of a message", limits.message_bytes as u64),
    ]
}

fn bounds() -> Vec<(&'static str, u64)> {
    let bounds = Bounds::DEFAULT;
    vec![
        ("component-bytes", bounds.component_bytes),
        ("modules", bounds.modules),
        ("component-depth", bounds.component_depth),
        ("functions", bounds.functions),
        ("types", bounds.types),
        ("body-bytes", bounds.body_bytes),
        ("locals", bounds.locals),
        ("nesting", bounds.nesting),
        ("operand-stack", bounds.operand_stack),
        ("jump-targets", bounds.jump_targets),
        ("globals", bounds.globals),
        ("compile-work", bounds.compile_work),
        ("memory-pages", bounds.memory_pages),
        ("table-elements", bounds.table_elements),
    ]
}

fn describe() -> String {
    let info = record();
    let cost = &info.cost_table;
    let mut text = format!(
        "flux {}, {}, contract {}\nworlds       {}\ncapabilities {} (this host offers {})\n\ncycles by {}\n",
        info.version,
        info.engine,
        info.contract,
        info.worlds.join(", "),
        info.capabilities.join(", "),
        info.offered.join(", "),
        cost.name,
    );
    let free: Vec<String> = cost.free_operators.iter().map(|name| name.to_lowercase()).collect();
    for (what, price) in [
        ("an executed operator".to_owned(), cost.operator.into()),
        (format!("  but {}", free.join(", ")), 0),
        ("entering a function".to_owned(), cost.function_entry.into()),
        ("starting a module with a start function".to_owned(), cost.start.into()),
        ("a byte copied or filled".to_owned(), cost.memory_byte.into()),
        ("a page of memory asked for".to_owned(), cost.memory_page_grown.into()),
        ("a table element".to_owned(), cost.table_element.into()),
        ("a call of the host".to_owned(), cost.host_call),
        ("a byte that crosses to the host or back".to_owned(), cost.host_call_byte),
    ] {
        text.push_str(&format!("{price:>6}  {what}\n"));
    }
    for (title, rows) in [("a run may use", &info.limits), ("a genome may have", &info.bounds)] {
        text.push_str(&format!("\n{title}\n"));
        for (what, limit) in rows {
            text.push_str(&format!("{:>12}  {what}\n", table::count(*limit)));
        }
    }
    text
}
