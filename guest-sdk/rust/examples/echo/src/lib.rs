//! Answers every prompt with the prompt: a genome of the world `ecosystem`.
//!
//! It asks for one capability, `log`, and says there how long the prompt was.

use flux_guest::log::{self, Level};
use flux_guest::{Fault, FaultCode};

flux_guest::ecosystem!(answer);

fn answer(prompt: String) -> Result<String, Fault> {
    if prompt.is_empty() {
        return Err(Fault::new(FaultCode::InvalidInput, "the prompt is empty"));
    }
    log::write(Level::Info, &format!("a prompt of {} bytes", prompt.len()));
    Ok(prompt)
}
