//! What a text may ask of the assembler.

/// Limits of one assembly. Each is an error of its own in [`super::diagnostics`] that names limit and actual value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All files together, in bytes, a file counted as often as it is included. Default 16 MiB: the listing of the
    /// longest code has 8.
    pub source_bytes: usize,
    /// A name or a number, in characters. Default 255: messages repeat it.
    pub word_len: usize,
    /// Files, the root and each inclusion counted. Default 256.
    pub files: usize,
    /// Files that are open at once, the root counted. Default 16.
    pub include_depth: usize,
    /// Conditional blocks inside each other. Default 64.
    pub conditional_depth: usize,
    /// Macros that are being expanded inside each other. Default 64.
    pub expansion_depth: usize,
    /// Tokens that macros are given and expand to, each counted whenever it is looked at again, in all. Default
    /// 1,048,576: a short text can ask for any number.
    pub expansion_tokens: usize,
    /// Brackets and signs inside each other in an expression. Default 64.
    pub expression_depth: usize,
    /// The code, in bytes. Default 1 MiB: a machine refuses more.
    pub code_bytes: usize,
    /// Errors after which the assembler gives up. Default 64.
    pub errors: usize,
    /// Warnings after which further ones are not collected. Default 64.
    pub warnings: usize,
}

impl Limits {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        source_bytes: 16 << 20,
        word_len: 255,
        files: 256,
        include_depth: 16,
        conditional_depth: 64,
        expansion_depth: 64,
        expansion_tokens: 1 << 20,
        expression_depth: 64,
        code_bytes: 1 << 20,
        errors: 64,
        warnings: 64,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
