//! A person at the terminal, who approves, corrects or sends back what a model says.

use std::io::{Write, stderr, stdin};
use std::sync::Arc;

use async_trait::async_trait;
use flux_ecosystem::human::{Draft, Human, Review};
use tokio::sync::oneshot;

use crate::io::Io;

/// Whoever sits at the terminal of this process.
struct AtTerminal;

/// The person to be asked; none where there is no terminal to ask at, so that nobody waits for an answer that cannot
/// come.
pub(crate) fn at_terminal(io: &Io) -> Option<Arc<dyn Human>> {
    (io.is_process && io.stdin_is_terminal && io.stderr_is_terminal)
        .then(|| Arc::new(AtTerminal) as Arc<dyn Human>)
}

#[async_trait]
impl Human for AtTerminal {
    async fn review(&self, draft: &Draft<'_>) -> Review {
        let question = question(draft);
        if write!(stderr(), "{question}").and_then(|()| stderr().flush()).is_err() {
            return Review::Absent;
        }
        let (sender, receiver) = oneshot::channel();
        // A thread of its own: whoever does not answer in time is not waited for.
        std::thread::spawn(move || {
            let mut line = String::new();
            let n_bytes = stdin().read_line(&mut line).unwrap_or(0);
            let _ = sender.send((n_bytes > 0).then_some(line));
        });
        match receiver.await {
            Ok(Some(line)) => review(&line),
            Ok(None) | Err(_) => Review::Absent,
        }
    }
}

/// What the person is shown.
fn question(draft: &Draft<'_>) -> String {
    let Draft { prompt, text, stage, entity, confidence, left, .. } = draft;
    let judged = confidence.map(|score| format!(", which the judge gives {score:.2}")).unwrap_or_default();
    let again = if *left > 0 { "r REMARK to have it made again, " } else { "" };
    format!(
        "\n`{entity}` is asked in stage `{stage}`: {prompt}\nThe draft{judged}:\n{text}\n\
         Press Enter to approve, {again}or type the right answer: "
    )
}

/// What a line says.
fn review(line: &str) -> Review {
    let line = line.trim();
    match line.split_once(' ') {
        Some(("r", remark)) if !remark.trim().is_empty() => Review::Again(remark.trim().to_owned()),
        _ if line.is_empty() => Review::Approve,
        _ => Review::Correct(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use flux_ecosystem::human::Review;

    use super::review;

    #[test]
    fn lines_are_read_as_the_question_says() {
        assert_eq!(review("\n"), Review::Approve);
        assert_eq!(review("r shorter, please\n"), Review::Again("shorter, please".into()));
        assert_eq!(review("r \n"), Review::Correct("r".into()));
        assert_eq!(review("Ottawa\r\n"), Review::Correct("Ottawa".into()));
    }
}
