//! `flux` alone: what to do next.

use crate::exit::ExitStatus;
use crate::io::Io;

const TEXT: &str = "\
flux evolves WebAssembly: genomes run in a sandbox that counts every instruction, and the better one wins.

  flux hello                       a one-minute tour that runs something real
  flux new colony                  a folder with an arena and two genomes to begin with
  flux tournament colony           rank them
  flux run colony/quick.wat 48 36  run one

`flux --help` lists every command, `flux COMMAND --help` has examples.
";

pub(crate) fn run(io: &mut Io) -> miette::Result<ExitStatus> {
    io.print(TEXT)?;
    Ok(ExitStatus::Yes)
}
