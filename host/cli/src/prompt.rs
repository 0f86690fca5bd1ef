//! Lines that somebody types, or that come from a pipe.

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::io::Io;
use crate::mistakes;

/// Where lines come from.
pub(crate) enum Prompt {
    /// A terminal, whose lines can be edited and called back.
    Editor(Box<DefaultEditor>),
    /// Anything else.
    Plain,
}

impl Prompt {
    /// An editor where input and output are terminals of this process, else plain lines.
    pub(crate) fn of(io: &Io) -> miette::Result<Self> {
        if !(io.is_process && io.stdin_is_terminal && io.stdout_is_terminal) {
            return Ok(Self::Plain);
        }
        let editor =
            DefaultEditor::new().map_err(|error| mistakes::failed("read from the terminal", &error, None))?;
        Ok(Self::Editor(Box::new(editor)))
    }

    /// Reads a line; none at the end of input. What comes from a pipe is printed after `prompt`, so that the output
    /// reads as if it had been typed.
    pub(crate) fn read(&mut self, io: &mut Io, prompt: &str) -> miette::Result<Option<String>> {
        let unreadable = |error: &dyn std::error::Error| mistakes::failed_for("read a command", error, None);
        match self {
            Self::Plain => {
                let line = io.read_line().map_err(|error| unreadable(&error))?;
                if let Some(line) = &line {
                    echo(io, prompt, line)?;
                }
                Ok(line)
            }
            Self::Editor(editor) => loop {
                match editor.readline(prompt) {
                    Ok(line) => {
                        // A history that is full forgets; nothing depends on it.
                        let _ = editor.add_history_entry(&line);
                        return Ok(Some(line));
                    }
                    Err(ReadlineError::Eof) => return Ok(None),
                    // Ctrl-C gives up a line.
                    Err(ReadlineError::Interrupted) => {}
                    Err(error) => return Err(unreadable(&error)),
                }
            },
        }
    }
}

/// Prints a line that nobody typed as if somebody had.
pub(crate) fn echo(io: &mut Io, prompt: &str, line: &str) -> miette::Result<()> {
    io.line(format!("{prompt}{line}").trim_end())
}
