//! What a text may ask of the reader of ecosystems.
//!
//! There is no limit on how deep blocks stand in each other: the grammar itself knows three levels.

/// Limits of one reading. Each is an error of its own in [`super::diagnostics`] that names limit and actual value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All files together, in bytes. Default 1 MiB: a page of prompt for each of several hundred stages.
    pub source_bytes: usize,
    /// Blocks, fields and entries of lists in a file. Default 65,536.
    pub items: usize,
    /// A name, in bytes. Default 255: messages and metrics repeat it.
    pub name_bytes: usize,
    /// Files, the root counted. Default 64.
    pub files: usize,
    /// Files that use each other in a row, the root counted. Default 8.
    pub uses_depth: usize,
    /// Errors after which further ones are not collected. Default 64.
    pub errors: usize,
    /// Warnings after which further ones are not collected. Default 64.
    pub warnings: usize,
}

impl Limits {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        source_bytes: 1 << 20,
        items: 1 << 16,
        name_bytes: 255,
        files: 64,
        uses_depth: 8,
        errors: 64,
        warnings: 64,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How many entities may stand in a chain of fallbacks, the first counted as well.
pub const FALLBACK_DEPTH: usize = 5;
