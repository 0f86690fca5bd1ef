//! `log`: lines for people, kept up to a limit.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower};

use crate::cell::{Cell, charge};
use crate::setting::{Level, LogLine};

/// The log of one run.
pub(crate) struct Log {
    pub(crate) lines: Vec<LogLine>,
    pub(crate) dropped: u64,
    max_lines: usize,
    max_line_bytes: usize,
}

impl Log {
    pub(crate) fn new(max_lines: usize, max_line_bytes: usize) -> Self {
        Self { lines: Vec::new(), dropped: 0, max_lines, max_line_bytes }
    }

    fn write(&mut self, level: Level, mut text: String) {
        if self.lines.len() >= self.max_lines {
            self.dropped += 1;
            return;
        }
        text.truncate(text.floor_char_boundary(self.max_line_bytes));
        self.lines.push(LogLine { level, text });
    }
}

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "values are made by lifting them from a genome")]
enum WireLevel {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

pub(crate) fn link(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("write", |mut store: StoreContextMut<'_, Cell>, (level, line): (WireLevel, String)| {
        charge(&mut store, line.len())?;
        let level = match level {
            WireLevel::Debug => Level::Debug,
            WireLevel::Info => Level::Info,
            WireLevel::Warn => Level::Warn,
            WireLevel::Error => Level::Error,
        };
        store.data_mut().log.write(level, line);
        Ok(())
    })
}
