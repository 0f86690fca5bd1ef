//! `flux new`.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::exit::ExitStatus;
use crate::io::Io;
use crate::mistakes;

/// Arguments of `flux new`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux new colony && flux tournament colony\n  flux new chat --world ecosystem\n\n\
        Exit status: 0; 2 where the folder exists already or cannot be written."
)]
pub(crate) struct Args {
    /// The folder to make.
    folder: PathBuf,
    /// What the genomes are.
    #[arg(long, value_enum, default_value_t = WorldChoice::Program)]
    world: WorldChoice,
}

/// A template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorldChoice {
    /// Numbers in, numbers out.
    Program,
    /// A question in, an answer out.
    Ecosystem,
}

/// The files of a template, by name.
pub(crate) fn template(world: WorldChoice) -> &'static [(&'static str, &'static str)] {
    match world {
        WorldChoice::Program => &[
            ("arena.toml", include_str!("../../templates/program/arena.toml")),
            ("quick.wat", include_str!("../../templates/program/quick.wat")),
            ("plain.wat", include_str!("../../templates/program/plain.wat")),
        ],
        WorldChoice::Ecosystem => &[
            ("arena.toml", include_str!("../../templates/ecosystem/arena.toml")),
            ("echo.wat", include_str!("../../templates/ecosystem/echo.wat")),
            ("shout.wat", include_str!("../../templates/ecosystem/shout.wat")),
        ],
    }
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let folder = &self.folder;
        if folder.exists() {
            return Err(mistakes::mistake(
                format!("`{}` exists already", folder.display()),
                Some("choose another name"),
            ));
        }
        fs::create_dir_all(folder).map_err(|error| mistakes::unwritable(folder, &error))?;
        let files = template(self.world);
        for (name, text) in files {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| mistakes::unwritable(&path, &error))?;
            io.line(path.display().to_string())?;
        }
        io.note(format!("next: flux tournament {}", folder.display()));
        Ok(ExitStatus::Yes)
    }
}
