//! Where included files come from: the caller knows, the languages do not.

use std::collections::BTreeMap;

/// A file that was found by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    /// Its full name: the same for the same file, however it was asked for. Diagnostics show it, and a file that
    /// includes itself is known by it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Finds the files that a text names.
pub trait Includes {
    /// Returns the file that `from` names `name`.
    ///
    /// `from` is the full name of the including file: that of the root as the caller gave it, or an
    /// [`Included::name`].
    ///
    /// # Errors
    /// Why there is no such file, as a lowercase fragment such as `no such file`.
    fn find(&self, name: &str, from: &str) -> Result<Included, String>;
}

/// There are no other files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoIncludes;

impl Includes for NoIncludes {
    fn find(&self, _: &str, _: &str) -> Result<Included, String> {
        Err("no files can be included here".to_owned())
    }
}

/// Texts by their names, without folders: for tests, and for places without files.
impl Includes for BTreeMap<String, String> {
    fn find(&self, name: &str, _: &str) -> Result<Included, String> {
        match self.get(name) {
            Some(text) => Ok(Included { name: name.to_owned(), text: text.clone() }),
            None => Err("no such file".to_owned()),
        }
    }
}

/// Any function can find files.
impl<F: Fn(&str, &str) -> Result<Included, String>> Includes for F {
    fn find(&self, name: &str, from: &str) -> Result<Included, String> {
        self(name, from)
    }
}
