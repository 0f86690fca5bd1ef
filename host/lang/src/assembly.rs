//! The assembler: `.flx` text to programs, and programs back to text.
//!
//! A line holds labels (`name:` or `@name`), then an instruction or a directive; `;` and `//` begin a comment, and so
//! does `#` at the beginning of a line unless it is one of the directives below.
//!
//! | written | means |
//! | --- | --- |
//! | `R0` to `R15`, `F0` to `F31`, `V0` to `V15`, `SP`, `FP`, `LR` | a register, in any case; a bare number is one too |
//! | `42` `-1` `0x2A` `0b101` `0o52` `1_000` `'a'` | a number |
//! | `name`, `@name` | the address of a label |
//! | `( )` `~` `+` `-` `*` `/` `%` `<<` `>>` `&` `^` `\|` | operators as in C |
//! | `MOVI R0, end - start` | an instruction; operands stand between commas or spaces |
//! | `JMP name`, `JL name`, `CALL name`, `JZ R0, name` | jumps; a number in place of a label is a distance |
//! | `ICMP lt, R0, R1`, `SETCC R0, nz` | comparisons and flags by their names or numbers |
//! | `TELL R1, "agent"`, `TELL R1, R2, "agent"`, `TELL R1, 3` | message register, second register, name |
//! | `CAP_REQUIRE 7`, `CAP_GRANT 7, "agent"` | a capability |
//! | `REGION_CREATE "buf", 256, "system"` | name, size, owner |
//! | `MEMCOPY "heap", 0, 16, 8`, `MEMSET "heap", 0, 0xFF, 8` | region and numbers, in the order of the payload |
//! | `TELL [1, 0xFF, "agent"]` | any payload, byte by byte |
//! | `.byte` `.word` `.dword` | numbers of 1, 2 and 4 bytes, little-endian |
//! | `.ascii "..."`, `.asciz "..."` | a text, with a zero byte after it for the second |
//! | `.fill n, v`, `.align n, v`, `.org address` | n bytes; bytes up to a multiple of n; zeros up to an address |
//! | `.set NAME value` | a name for a number, an address or a register, from here on |
//! | `.include "file"`, `#include "file"` | what is in the file |
//! | `#define NAME ...`, `#define NAME(a, b) ...`, `#undef NAME` | a name for tokens |
//! | `#ifdef NAME`, `#ifndef NAME`, `#else`, `#endif` | lines that count or not |
//! | `.entry label` | where execution begins; default the first byte |
//! | `.inputs n`, `.outputs n` | how many numbers go in and come out; default 0 and 1 |
//! | `.landing label, ...`, `.landing *` | where computed jumps may go: there, or anywhere |
//! | `.function "name", label, length` | a name for a part of the code |
//!
//! **Landing pads.** A label whose address is used as a value (`MOVI R1, handler`) is a landing pad by itself if an
//! instruction stands there; `.landing` is for addresses that are computed in other ways.
//!
//! **Ambiguity.** A minus sign between two numbers subtracts, also without a comma before it.
//!
//! # Determinism
//! The result is a function of the texts and the limits alone.
//!
//! # Example
//! ```
//! use flux_lang::assembly::{self, Limits, NoIncludes};
//!
//! let text = "
//!     #define N 7
//!         MOVI R0, 1
//!         MOVI R1, N
//!     again:
//!         MUL R0, R0, R1
//!         DEC R1
//!         JNZ R1, again
//!         HALT";
//! let assembly = assembly::assemble("factorial.flx", text, &NoIncludes, &Limits::DEFAULT);
//! assert!(assembly.diagnostics.is_empty());
//! let program = assembly.program.ok_or("no program")?;
//! assert_eq!(program.code.len(), 19);
//! assert!(assembly::print(&program).contains("IMUL R0, R0, R1"));
//! # Ok::<(), &str>(())
//! ```

use std::collections::BTreeMap;

use flux_vm::Program;

pub mod diagnostics;
pub mod limits;
pub mod map;
pub mod output;

mod encode;
mod expression;
mod fuzz;
mod layout;
mod lexer;
mod macros;
mod mnemonics;
mod parser;
mod preprocessor;
mod printer;
mod registers;
mod statement;
mod token;
mod verify;

pub use diagnostics::{Diagnostic, Severity};
pub use fuzz::fuzz_assemble;

pub use limits::Limits;
pub use map::{SourceMap, Symbol, SymbolKind};
pub use printer::print;
pub use verify::verify;

pub use crate::includes::{self, Included, Includes, NoIncludes};
pub use crate::render::render;
pub use crate::source::{self, Place, Sources, Span};

use crate::nearest;
use diagnostics::Reporter;

/// What comes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// The program; nothing if a diagnostic is an error. See [`verify()`] for what else may be wrong with it.
    pub program: Option<Program>,
    /// Which bytes came from which line.
    pub source_map: SourceMap,
    /// What labels and constants stand for, by their names.
    pub symbols: BTreeMap<String, Symbol>,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read, which all places are in.
    pub sources: Sources,
}

impl Assembly {
    /// All diagnostics as text, in their order.
    #[must_use]
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|diagnostic| render(&self.sources, diagnostic)).collect()
    }
}

/// Assembles a text; `name` is what diagnostics call it.
///
/// A mistake ends a line and nothing else, so several are found at once.
#[must_use]
pub fn assemble(name: &str, text: &str, includes: &dyn Includes, limits: &Limits) -> Assembly {
    let mut sources = Sources::default();
    let mut reporter = Reporter::new(limits);
    let root = sources.add(name.to_owned(), text.to_owned());
    let mut statements = Vec::new();
    let mut parse = |line: &[token::Token], reporter: &mut Reporter| {
        parser::parse(line, limits, &mut statements, reporter);
    };
    preprocessor::run(root, &mut sources, includes, limits, &mut reporter, &mut parse);
    let layout = layout::lay_out(&statements, limits, &mut reporter);
    let output = encode::encode(&statements, &layout, &sources, &mut reporter);
    if output.program.code.is_empty() && !reporter.has_errors() {
        let end = text.trim_end().len();
        reporter.add(diagnostics::no_code(Span { file: root, start: end, end }));
    }
    let program = (!reporter.has_errors()).then_some(output.program);
    Assembly {
        program,
        source_map: output.source_map,
        symbols: output.symbols,
        diagnostics: reporter.finish(),
        sources,
    }
}

#[cfg(test)]
mod tests;
