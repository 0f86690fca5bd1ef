//! Ctrl-C: asked for once, work stops where it can be taken up again; asked for twice, the process ends.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::ExitStatus;
use crate::io::Io;

/// A signal has no other way to say anything.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether somebody asked for an end, by Ctrl-C or by a signal to terminate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupts {
    listening: bool,
}

impl Interrupts {
    /// Begins to listen, in a process of its own; a command within another program leaves signals alone.
    pub(crate) fn listen(io: &Io) -> Self {
        let handler = || {
            if ASKED.swap(true, Ordering::SeqCst) {
                std::process::exit(ExitStatus::Interrupted.code().into());
            }
        };
        // Where no handler can be had, signals end the process as they always did.
        Self { listening: io.is_process && ctrlc::set_handler(handler).is_ok() }
    }

    /// Whether the end was asked for.
    pub(crate) fn asked(self) -> bool {
        self.listening && ASKED.load(Ordering::SeqCst)
    }
}
