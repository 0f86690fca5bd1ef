//! What happens while an ecosystem answers, told to a command as it happens.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use flux_ecosystem::event::{Event, Piece, Watch};
use flux_ecosystem::{Answer, Ask, AskError, Kernel};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::mistakes;

/// Where events and counts are written.
#[derive(Clone, Debug, Args)]
pub(crate) struct LogArgs {
    /// Write every event to this file, as JSON Lines.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write what was counted to this file at the end, in the text format of Prometheus.
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

/// A log that is being written; nothing where none was asked for.
pub(crate) struct Log {
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl LogArgs {
    pub(crate) fn open(&self) -> miette::Result<Log> {
        let open = |path: &Path| {
            File::create(path)
                .map(|file| (path.to_owned(), BufWriter::new(file)))
                .map_err(|error| mistakes::unwritable(path, &error))
        };
        Ok(Log { file: self.log.as_deref().map(open).transpose()? })
    }

    /// Writes what a kernel has counted, if that was asked for.
    pub(crate) fn write_metrics(&self, kernel: &Kernel) -> miette::Result<()> {
        let Some(path) = &self.metrics else { return Ok(()) };
        std::fs::write(path, kernel.metrics().text()).map_err(|error| mistakes::unwritable(path, &error))
    }
}

impl Log {
    /// Writes an event, or anything else with a name.
    pub(crate) fn event(&mut self, event: &impl serde::Serialize) -> miette::Result<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let line =
            serde_json::to_string(event).map_err(|error| mistakes::failed("write an event", &error, None))?;
        writeln!(file, "{line}")
            .and_then(|()| file.flush())
            .map_err(|error| mistakes::unwritable(path, &error))
    }
}

/// Something that was told.
pub(crate) enum Told {
    /// Something happened.
    Event(Event),
    /// A piece of the answer was generated.
    Text(String),
}

/// Hands on what is told to whoever prints it, which may not be sent to another thread.
struct Teller(UnboundedSender<Told>);

impl Watch for Teller {
    fn event(&mut self, event: &Event) {
        // Nobody listens any more when the command is over.
        let _ = self.0.send(Told::Event(event.clone()));
    }

    fn text(&mut self, piece: &Piece<'_>) {
        if piece.is_answer {
            let _ = self.0.send(Told::Text(piece.text.to_owned()));
        }
    }
}

/// Asks, and shows what is told meanwhile.
pub(crate) async fn ask(
    kernel: &Kernel,
    ask: &Ask<'_>,
    mut show: impl FnMut(Told) -> miette::Result<()>,
) -> miette::Result<Result<Answer, AskError>> {
    let (sender, mut receiver) = unbounded_channel();
    let mut teller = Teller(sender);
    let answer = {
        let work = kernel.ask(ask, &mut teller);
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                Some(told) = receiver.recv() => show(told)?,
                answer = &mut work => break answer,
            }
        }
    };
    while let Ok(told) = receiver.try_recv() {
        show(told)?;
    }
    Ok(answer)
}
