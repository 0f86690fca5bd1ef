//! `flux repl`.

use crate::bytecode::debugger::Reply;
use crate::bytecode::machine::MachineArgs;
use crate::bytecode::repl::Repl;
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::mistakes;
use crate::prompt::Prompt;

/// Arguments of `flux repl`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each input is executed at once in one machine, which stays; `help` lists what else there is.\n\n\
        Examples:\n  flux repl\n  echo 'R0 + 6 * 7' | flux repl\n\n\
        Exit status: 0."
)]
pub(crate) struct Args {
    #[command(flatten)]
    machine: MachineArgs,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let mut repl = Repl::new(self.machine.setting(), self.machine.outside())
            .map_err(|error| mistakes::failed_for("begin", &error, None))?;
        let mut prompt = Prompt::of(io)?;
        if matches!(prompt, Prompt::Editor(_)) {
            io.line("FLUX assembly, one line at a time; `help` lists what else there is")?;
        }
        while let Some(line) = prompt.read(io, repl.prompt())? {
            match repl.execute(&line) {
                Reply::Quit => return Ok(ExitStatus::Yes),
                reply => say(io, &reply)?,
            }
        }
        say(io, &repl.finish())?;
        Ok(ExitStatus::Yes)
    }
}

fn say(io: &mut Io, reply: &Reply) -> miette::Result<()> {
    match reply {
        Reply::Text(text) => io.print(text),
        Reply::Mistake(mistake) => io.line(format!("error: {mistake}")),
        Reply::Quit => Ok(()),
    }
}
