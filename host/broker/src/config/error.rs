//! What can be wrong with a `models.toml`.

use crate::simulated::SettingsError;

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is no TOML of this shape.
    #[error("line {line}, column {column}: {message}")]
    Toml {
        /// Its line, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
        /// What is wrong, and what was expected: a lowercase fragment.
        message: String,
    },
    /// A key has a value that makes no sense.
    #[error("`{key}`: {message}")]
    Key {
        /// The key, with the tables that it is in.
        key: String,
        /// What is wrong: a lowercase fragment.
        message: String,
        /// What to do.
        help: String,
    },
    /// A key of a server is not there.
    #[error("`server.{server}.key_env`: no key was handed over for `{variable}`")]
    NoKey {
        /// The server.
        server: String,
        /// The environment variable that the file names.
        variable: String,
    },
    /// A simulated model has a setting that makes no sense.
    #[error(transparent)]
    Simulated(#[from] SettingsError),
    /// A client for the server cannot be made.
    #[error("`server.{server}`: {message}")]
    Client {
        /// The server.
        server: String,
        /// What is wrong: a lowercase fragment.
        message: String,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Key { help, .. } => Some(help.clone()),
            Self::NoKey { variable, .. } => {
                Some(format!("set the environment variable `{variable}`, or leave `key_env` out"))
            }
            Self::Toml { .. } | Self::Simulated(_) | Self::Client { .. } => None,
        }
    }

    pub(crate) fn key(key: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Key { key: key.into(), message: message.into(), help: help.into() }
    }

    pub(super) fn toml(text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::Toml {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: error.message().replace('\n', "; "),
        }
    }
}

/// Points to the known name that looks most like `name`, if one does.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| *distance <= known.len().min(name.len()) / 3 + 1)
        .min()
        .map(|(_, known)| format!("did you mean `{known}`?"))
}

/// How many letters have to be put in, taken out or changed to make one of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
