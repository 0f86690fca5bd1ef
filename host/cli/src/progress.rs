//! A progress bar on standard error for work that takes more than a second, where standard error is a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::io::Io;

/// Work of a known size is silent for this long.
const QUIET: Duration = Duration::from_secs(1);

/// Shows how far work of `n_steps` steps has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: std::sync::atomic::AtomicBool,
    terminal: bool,
}

impl Progress {
    pub(crate) fn new(io: &Io, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden())
            .with_message(what.to_owned());
        // The template is a constant; where it should ever not parse, the default style does.
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        Self { bar, begun: Instant::now(), shown: false.into(), terminal: io.stderr_is_terminal }
    }

    /// Says that `done` of `total` steps are done.
    pub(crate) fn at(&self, done: u64, total: u64) {
        if self.terminal
            && self.begun.elapsed() > QUIET
            && !self.shown.swap(true, std::sync::atomic::Ordering::Relaxed)
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
