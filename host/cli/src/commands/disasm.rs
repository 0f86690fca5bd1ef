//! `flux disasm`.

use std::fs;
use std::path::PathBuf;

use flux_lang::assembly;
use flux_vm::disasm::Disassembly;

use crate::bytecode::file;
use crate::bytecode::listing::{self, DisassemblyV1};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::{genome_file, json, mistakes};

/// Arguments of `flux disasm`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Where the program is sound, what execution does not come to is listed as data; `--linear` lists every byte as\n\
        code. `--asm` prints a text that assembles to the same program.\n\n\
        Examples:\n  flux disasm factorial.flx\n  flux disasm program.bin --json\n  flux disasm program.bin --asm -o program.flx\n\n\
        Exit status: 0; 2 where a file cannot be read or written, or is no bytecode."
)]
pub(crate) struct Args {
    /// The program: assembly (.flx), a container or raw code; `-` reads standard input.
    file: PathBuf,
    /// Where to write the listing.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List from the first byte to the last, whether execution comes there or not.
    #[arg(long)]
    linear: bool,
    /// Print assembly instead.
    #[arg(long, conflicts_with_all = ["json", "linear"])]
    asm: bool,
    /// Print one JSON object (schema flux.disasm/1).
    #[arg(short, long)]
    json: bool,
    /// The same as `--color never`.
    #[arg(long, hide = true)]
    no_color: bool,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bytes = genome_file::read_bytes(io, &self.file)?;
        if bytes.is_empty() && !self.asm {
            let text = self.listed(io, &Disassembly::of(&[]))?;
            return self.write(io, &text);
        }
        let loaded = file::of_bytes(&self.file, bytes)?;
        loaded.warn(io);
        let text = if self.asm {
            assembly::print(&loaded.program)
        } else if self.linear {
            self.listed(io, &Disassembly::of(&loaded.program.code))?
        } else {
            self.listed(io, &listing::of(&loaded.program))?
        };
        self.write(io, &text)
    }

    fn listed(&self, io: &Io, listing: &Disassembly<'_>) -> miette::Result<String> {
        if self.json {
            return json::text("flux.disasm/1", &DisassemblyV1::of(listing));
        }
        let has_color = io.has_color() && !self.no_color && self.output.is_none();
        Ok(listing::text(listing, has_color))
    }

    fn write(&self, io: &mut Io, text: &str) -> miette::Result<ExitStatus> {
        match &self.output {
            None => io.print(text)?,
            Some(path) if *path == self.file => return Err(mistakes::over_itself(path)),
            Some(path) if path.as_os_str() == "-" => io.print(text)?,
            Some(path) => {
                fs::write(path, text).map_err(|error| mistakes::unwritable(path, &error))?;
                io.line(format!("Disassembly written to {}", path.display()))?;
            }
        }
        Ok(ExitStatus::Yes)
    }
}
