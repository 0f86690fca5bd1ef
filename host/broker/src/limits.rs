//! Bounds on what a server may send and on what is asked of it.

/// The longest answer that is taken in, in bytes: a hundred times what the longest contexts hold would be a server
/// that does not stop.
pub const ANSWER_BYTES: usize = 16 << 20;

/// The longest line of a stream, in bytes. A line has a token and its alternatives, or the whole of a short answer.
pub const LINE_BYTES: usize = 4 << 20;

/// The most of an error's text that is passed on, in bytes.
pub const MESSAGE_BYTES: usize = 1000;

/// The most alternatives of a token that servers report.
pub const TOP_LOGPROBS: u8 = 20;

/// The highest temperature.
pub const TEMPERATURE: f64 = 2.0;

/// The most models that a request is tried on in turn.
pub const CHAIN: usize = 5;

/// Tokens that a server may put round a prompt: its template, and a default system prompt.
pub const TEMPLATE_TOKENS: u64 = 256;
