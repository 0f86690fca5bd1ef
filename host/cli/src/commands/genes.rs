//! `flux genes`.

use std::path::PathBuf;

use flux_genome::gene::{self, Gene, GeneMap};
use flux_genome::view::ModuleView;
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{genome_file, json, mistakes};

/// Arguments of `flux genes`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Genes are the places that evolution may turn. A genome brings a map of them in the section `flux.genes`;\n\
        without one they are found by analysis: functions, and constants by what they are used for.\n\n\
        Examples:\n  flux genes genomes/thermostat/steady.wat\n  flux genes guest.wasm --json\n\n\
        Exit status: 0; 2 where the file cannot be read or is not a genome."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    genome: PathBuf,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.genes/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct GenesV1 {
    genome: String,
    /// `map` or `analysis`.
    source: &'static str,
    genes: Vec<GeneV1>,
}

/// A gene, for programs.
#[derive(Serialize)]
pub(crate) struct GeneV1 {
    name: String,
    kind: &'static str,
    place: String,
    bounds: String,
    content: Option<String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let genome = genome_file::expect(io, &self.genome, &self.bounds.bounds())?;
        let doing = || format!("view the body of `{}`", self.genome.display());
        let body = genome.body_module().ok_or_else(|| {
            mistakes::failed(
                doing(),
                &"it lies within a nested component, where rewriting does not reach",
                None,
            )
        })?;
        let module = ModuleView::parse(body).map_err(|error| mistakes::failed_for(doing(), &error, None))?;
        let (source, map) = match map_of(&module) {
            Some(Ok(map)) => ("map", map),
            Some(Err(error)) => {
                io.note(format!("warning: the gene map cannot be read ({error}) and is left aside"));
                ("analysis", gene::analyse(&module))
            }
            None => ("analysis", gene::analyse(&module)),
        };
        if self.json {
            let genes = records(&map, &module);
            json::print(io, "flux.genes/1", &GenesV1 { genome: genome.id().to_string(), source, genes })?;
        } else {
            let from = match source {
                "map" => "of the map in `flux.genes`",
                _ => "found by analysis, since there is no map",
            };
            let text = format!("{} genes, {from}\n\n{}", map.genes.len(), listing(io, &map, &module));
            io.print(text)?;
        }
        Ok(ExitStatus::Yes)
    }
}

/// The gene map that a module brings.
pub(crate) fn map_of(module: &ModuleView<'_>) -> Option<Result<GeneMap, gene::GeneMapError>> {
    let range = module.genes.clone()?;
    Some(GeneMap::decode(module.bytes.get(range).unwrap_or_default()))
}

/// A table of genes.
pub(crate) fn listing(io: &Io, map: &GeneMap, module: &ModuleView<'_>) -> String {
    let row = |gene: &Gene| {
        vec![
            gene.name.clone(),
            gene.kind.name().to_owned(),
            gene.place.to_string(),
            gene.bounds.to_string(),
            gene::content(gene, module).unwrap_or_else(|| "-".to_owned()),
        ]
    };
    let rows: Vec<Vec<String>> = map.genes.iter().map(row).collect();
    table::render(
        io,
        &[
            Column::Left("gene"),
            Column::Left("kind"),
            Column::Left("place"),
            Column::Left("bounds"),
            Column::Left("content"),
        ],
        &rows,
    )
}

/// Genes, for programs.
pub(crate) fn records(map: &GeneMap, module: &ModuleView<'_>) -> Vec<GeneV1> {
    map.genes
        .iter()
        .map(|gene| GeneV1 {
            name: gene.name.clone(),
            kind: gene.kind.name(),
            place: gene.place.to_string(),
            bounds: gene.bounds.to_string(),
            content: gene::content(gene, module),
        })
        .collect()
}
