//! The streams of one command, and how they are written to.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};

use clap::error::ErrorKind;
use miette::{GraphicalReportHandler, GraphicalTheme, Report};

use crate::exit::ExitStatus;
use crate::groups::ColorChoice;

/// A width at which reports for files and pipes are not wrapped.
const UNWRAPPED: usize = 1000;

/// Standard streams, as handed in by the process or by a test.
pub struct Io {
    stdin: BufReader<Box<dyn Read>>,
    stdout: Box<dyn Write>,
    stderr: Box<dyn Write>,
    /// Whether these are the streams of a process that is this program.
    pub(crate) is_process: bool,
    /// Whether standard input is a terminal.
    pub(crate) stdin_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub(crate) stderr_is_terminal: bool,
    /// The terminal's width in columns; none where output is not for a terminal.
    pub(crate) width: Option<usize>,
    color: bool,
}

impl Io {
    /// The process's own streams.
    #[must_use]
    pub fn of_process() -> Self {
        let stdout_is_terminal = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            stdin: BufReader::new(Box::new(io::stdin())),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            is_process: true,
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal,
            stderr_is_terminal: io::stderr().is_terminal(),
            width: stdout_is_terminal
                .then(|| terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into())),
            color: stdout_is_terminal && !plain,
        }
    }

    /// Streams of a test: never a terminal.
    #[must_use]
    pub fn of(stdin: Box<dyn Read>, stdout: Box<dyn Write>, stderr: Box<dyn Write>) -> Self {
        Self {
            stdin: BufReader::new(stdin),
            stdout,
            stderr,
            is_process: false,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            width: None,
            color: false,
        }
    }

    pub(crate) fn set_color(&mut self, choice: ColorChoice) {
        match choice {
            ColorChoice::Auto => {}
            ColorChoice::Always => self.color = true,
            ColorChoice::Never => self.color = false,
        }
    }

    /// Whether standard output is to have colour.
    pub(crate) fn has_color(&self) -> bool {
        self.color
    }

    /// Reads standard input to its end.
    pub(crate) fn read_stdin(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.stdin.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a line of standard input, without its end; none at the end of input.
    pub(crate) fn read_line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        if self.stdin.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Writes data. A closed pipe is not an error: whoever reads has had enough.
    pub(crate) fn print(&mut self, text: impl AsRef<[u8]>) -> miette::Result<()> {
        match self.stdout.write_all(text.as_ref()).and_then(|()| self.stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(miette::miette!("failed to write standard output: {error}"))
            }
            _ => Ok(()),
        }
    }

    /// Writes a line of data.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> miette::Result<()> {
        self.print(format!("{}\n", text.as_ref()))
    }

    /// Writes a line for people. There is nobody left to tell when this fails.
    pub(crate) fn note(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.stderr, "{}", text.as_ref());
    }

    /// Writes a report of what went wrong.
    pub(crate) fn report(&mut self, report: &Report) {
        let theme = if self.color { GraphicalTheme::unicode() } else { GraphicalTheme::none() };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(self.width.unwrap_or(UNWRAPPED))
            .with_links(false);
        if handler.render_report(&mut text, report.as_ref()).is_err() {
            text = format!("{report:?}");
        }
        for line in plain(&text) {
            self.note(line);
        }
    }

    /// Prints what clap has to say: help and version are data, the rest is an error.
    pub(crate) fn usage(&mut self, error: &clap::Error) -> ExitStatus {
        let text = if self.color { error.render().ansi().to_string() } else { error.render().to_string() };
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let _ = self.print(text);
                ExitStatus::Yes
            }
            _ => {
                let _ = self.stderr.write_all(text.as_bytes());
                ExitStatus::CouldNotRun
            }
        }
    }
}

/// The marks of the renderer, without colour and with it, and what is written in their place.
const MARKS: [(&str, &str); 4] =
    [("x ", "error"), ("\u{d7} ", "error"), ("! ", "warning"), ("\u{26a0} ", "warning")];

/// A rendered report as this program words it: `error[code]: message` for what the renderer writes as a line with the
/// code, an empty one, and a line with a mark and the message; `warning` where the mark is one of a warning.
fn plain(rendered: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut code = None;
    for line in rendered.lines().map(str::trim_end) {
        let bare = line.trim_start();
        let message = MARKS.iter().find_map(|(mark, kind)| Some((bare.strip_prefix(mark)?, kind)));
        if let Some((message, kind)) = message {
            lines.push(match code.take() {
                Some(code) => format!("{kind}[{code}]: {message}"),
                None => format!("{kind}: {message}"),
            });
        } else if let Some(found) = line
            .strip_prefix("Error: ")
            .or_else(|| line.strip_prefix("Warning: "))
            .or(Some(line))
            .filter(|word| is_code(word))
        {
            code = Some(found.to_owned());
        } else if !(line.is_empty() && (lines.is_empty() || code.is_some())) {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// Whether a line is nothing but a diagnostic's code, such as `arena::unknown-key`.
fn is_code(line: &str) -> bool {
    line.contains("::") && line.chars().all(|c| c.is_ascii_lowercase() || c == ':' || c == '-')
}
