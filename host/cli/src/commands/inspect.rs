//! `flux inspect`.

use std::path::PathBuf;

use flux_genome::anatomy::{Anatomy, CustomSection, Function, Module};
use flux_genome::gene::GeneMap;
use flux_genome::view::ModuleView;
use flux_genome::{Genome, text};
use serde::Serialize;

use super::genes::{self, GeneV1};
use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{genome_file, json, mistakes};

/// Arguments of `flux inspect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux inspect genomes/sort8/network.wat\n  flux inspect guest.wasm --wat | less\n  flux inspect guest.wasm --json\n\n\
        Exit status: 0; 2 where the file cannot be read or is not a genome."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    genome: PathBuf,
    /// Print the component as WebAssembly text instead.
    #[arg(long, conflicts_with = "json")]
    wat: bool,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.inspect/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct AnatomyV1 {
    genome: String,
    world: &'static str,
    size_bytes: usize,
    capabilities: Vec<&'static str>,
    body: Option<usize>,
    nested_components: usize,
    modules: Vec<ModuleV1>,
    custom_sections: Vec<SectionV1>,
    /// The gene map; none where the body brings none that can be read.
    genes: Option<Vec<GeneV1>>,
}

#[derive(Serialize)]
struct ModuleV1 {
    size_bytes: usize,
    imports: Vec<String>,
    exports: Vec<String>,
    functions: Vec<FunctionV1>,
    memories: Vec<MemoryV1>,
    tables: Vec<TableV1>,
    globals: u32,
    data_bytes: usize,
    start: Option<u32>,
    custom_sections: Vec<SectionV1>,
}

#[derive(Serialize)]
struct FunctionV1 {
    index: u32,
    name: Option<String>,
    signature: String,
    size_bytes: usize,
    operators: u32,
    locals: u64,
}

#[derive(Serialize)]
struct MemoryV1 {
    initial_pages: u64,
    maximum_pages: Option<u64>,
}

#[derive(Serialize)]
struct TableV1 {
    initial: u64,
    maximum: Option<u64>,
}

#[derive(Serialize)]
struct SectionV1 {
    name: String,
    size_bytes: usize,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let genome = genome_file::expect(io, &self.genome, &self.bounds.bounds())?;
        if self.wat {
            let text = text::print(&genome).map_err(|error| {
                mistakes::failed(format!("print `{}`", self.genome.display()), &error, None)
            })?;
            io.print(text)?;
        } else if self.json {
            json::print(io, "flux.inspect/1", &record(&genome))?;
        } else {
            let text = describe(io, &genome);
            io.print(text)?;
        }
        Ok(ExitStatus::Yes)
    }
}

fn describe(io: &Io, genome: &Genome) -> String {
    let anatomy = genome.anatomy();
    let mut text = format!(
        "genome   {}\nworld    {}\nsize     {}\nasks for {}\n",
        genome.id(),
        anatomy.world,
        table::bytes(anatomy.size_bytes as u64),
        anatomy.capabilities,
    );
    if anatomy.n_nested_components > 0 {
        text.push_str(&format!("nested   {} components\n", anatomy.n_nested_components));
    }
    for (i, module) in anatomy.modules.iter().enumerate() {
        let role = if anatomy.body == Some(i) { ", the body" } else { "" };
        text.push_str(&format!("\nmodule {}{role}: {}\n", i + 1, outline(module)));
        let rows: Vec<Vec<String>> = module.functions.iter().map(function_row).collect();
        text.push_str(&table::render(
            io,
            &[
                Column::Right("function"),
                Column::Left("name"),
                Column::Left("type"),
                Column::Right("bytes"),
                Column::Right("operators"),
                Column::Right("locals"),
            ],
            &rows,
        ));
    }
    let sections: Vec<&CustomSection> = anatomy
        .custom_sections
        .iter()
        .chain(anatomy.modules.iter().flat_map(|module| &module.custom_sections))
        .collect();
    if !sections.is_empty() {
        text.push_str("\ncustom sections\n");
        for section in sections {
            text.push_str(&format!("  {} ({})\n", section.name, table::bytes(section.size_bytes as u64)));
        }
    }
    if let Some((module, map)) = gene_map(genome) {
        text.push_str("\ngene map\n");
        text.push_str(&genes::listing(io, &map, &module));
    }
    text
}

/// The gene map that the body brings, with the body; none where there is none that can be read.
fn gene_map(genome: &Genome) -> Option<(ModuleView<'_>, GeneMap)> {
    let module = ModuleView::parse(genome.body_module()?).ok()?;
    let map = genes::map_of(&module)?.ok()?;
    Some((module, map))
}

/// A module in one line.
fn outline(module: &Module) -> String {
    let mut parts = vec![table::bytes(module.range.len() as u64)];
    for memory in &module.memories {
        let most = memory.maximum_pages.map_or("without end".to_owned(), |pages| format!("at most {pages}"));
        parts.push(format!("memory of {} pages, {most}", memory.initial_pages));
    }
    for element_table in &module.tables {
        parts.push(format!("table of {} elements", element_table.initial));
    }
    if module.data_bytes > 0 {
        parts.push(format!("{} of data", table::bytes(module.data_bytes as u64)));
    }
    if module.n_globals > 0 {
        parts.push(format!("{} globals", module.n_globals));
    }
    if let Some(start) = module.start {
        parts.push(format!("starts with function {start}"));
    }
    parts.join("; ")
}

fn function_row(function: &Function) -> Vec<String> {
    vec![
        function.index.to_string(),
        function.name.clone().unwrap_or_else(|| "-".to_owned()),
        function.signature.clone(),
        table::count(function.size_bytes as u64),
        table::count(function.n_operators.into()),
        table::count(function.n_locals),
    ]
}

fn record(genome: &Genome) -> AnatomyV1 {
    let Anatomy { world, capabilities, size_bytes, modules, body, n_nested_components, custom_sections } =
        genome.anatomy();
    AnatomyV1 {
        genome: genome.id().to_string(),
        world: world.name(),
        size_bytes,
        capabilities: capabilities.iter().map(flux_genome::Capability::name).collect(),
        body,
        nested_components: n_nested_components,
        modules: modules.into_iter().map(module_record).collect(),
        custom_sections: custom_sections.into_iter().map(section_record).collect(),
        genes: gene_map(genome).map(|(module, map)| genes::records(&map, &module)),
    }
}

fn module_record(module: Module) -> ModuleV1 {
    ModuleV1 {
        size_bytes: module.range.len(),
        imports: module.imports.iter().map(|import| format!("{}.{}", import.module, import.name)).collect(),
        exports: module.exports.into_iter().map(|export| export.name).collect(),
        functions: module
            .functions
            .into_iter()
            .map(|function| FunctionV1 {
                index: function.index,
                name: function.name,
                signature: function.signature,
                size_bytes: function.size_bytes,
                operators: function.n_operators,
                locals: function.n_locals,
            })
            .collect(),
        memories: module
            .memories
            .into_iter()
            .map(|memory| MemoryV1 {
                initial_pages: memory.initial_pages,
                maximum_pages: memory.maximum_pages,
            })
            .collect(),
        tables: module
            .tables
            .into_iter()
            .map(|table| TableV1 { initial: table.initial, maximum: table.maximum })
            .collect(),
        globals: module.n_globals,
        data_bytes: module.data_bytes,
        start: module.start,
        custom_sections: module.custom_sections.into_iter().map(section_record).collect(),
    }
}

fn section_record(section: CustomSection) -> SectionV1 {
    SectionV1 { name: section.name, size_bytes: section.size_bytes }
}
