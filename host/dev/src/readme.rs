//! `cargo dev readme`: runs the set-up commands of README.md as they stand there.
//!
//! A fenced block counts when the line before its fence, blank lines aside, is `<!-- setup: WORD -->`. The word
//! names the block, so that a script can run one and go on. Where lines of a block start with `$ `, those are the
//! commands and the others are what they print; else every line is a command. A block is run by `bash` from the
//! root of the workspace and stops at the first command that fails.

use std::fs;
use std::process::Command;

use crate::failure::{Ending, Failure, status};
use crate::workspace::{Workspace, clean};

/// What to do with the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Print them.
    List,
    /// Run them, in the order of the file.
    Run,
}

/// A marked block.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    mark: String,
    commands: String,
}

/// Runs or lists the blocks of README.md marked with `mark`, or all marked ones.
pub fn run(workspace: &Workspace, mark: Option<&str>, action: Action) -> Result<Ending, Failure> {
    let path = workspace.root.join("README.md");
    let text = fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, error))?;
    let blocks = blocks(&text).map_err(|message| Failure::new(format!("README.md:{message}")))?;
    let wanted: Vec<&Block> =
        blocks.iter().filter(|block| mark.is_none_or(|mark| mark == block.mark)).collect();
    if wanted.is_empty() {
        let wanted = mark.unwrap_or("WORD");
        return Err(Failure::new(format!("README.md has no block marked `<!-- setup: {wanted} -->`"))
            .hint("write the mark on the line before the fence"));
    }
    for block in wanted {
        match action {
            Action::List => println!("# {}\n{}", block.mark, block.commands.trim_end()),
            Action::Run => {
                println!("$ {}", block.commands.trim_end().replace('\n', "\n$ "));
                let mut command = Command::new("bash");
                clean(&mut command);
                command.current_dir(&workspace.root).args(["-euo", "pipefail", "-c", &block.commands]);
                if !status(&mut command)?.success() {
                    return Ok(Ending::Found);
                }
            }
        }
    }
    Ok(Ending::Fine)
}

/// The marked blocks of a Markdown text.
///
/// # Errors
/// The line (1-based) and what is wrong: a mark without a fence after it, or a fence that is never closed.
fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(mark) = mark(line) else { continue };
        let fence = lines.by_ref().map(|(_, line)| line).find(|line| !line.trim().is_empty());
        if !fence.is_some_and(|line| line.starts_with("```")) {
            return Err(format!("{}: no fenced block follows the mark `{mark}`", at + 1));
        }
        let mut block = Vec::new();
        loop {
            match lines.next() {
                Some((_, line)) if line.starts_with("```") => break,
                Some((_, line)) => block.push(line),
                None => return Err(format!("{}: the block of the mark `{mark}` is never closed", at + 1)),
            }
        }
        found.push(Block { mark: mark.to_owned(), commands: commands(&block) });
    }
    Ok(found)
}

fn commands(block: &[&str]) -> String {
    let prompted: Vec<&str> = block.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
    let lines = if prompted.is_empty() { block } else { prompted.as_slice() };
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn mark(line: &str) -> Option<&str> {
    let word = line.trim().strip_prefix("<!-- setup:")?.strip_suffix("-->")?.trim();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks};

    fn block(mark: &str, commands: &str) -> Block {
        Block { mark: mark.to_owned(), commands: commands.to_owned() }
    }

    #[test]
    fn marked_blocks_are_found_and_others_are_not() {
        let text = "# a\n```sh\nno\n```\n<!-- setup: run -->\n\n```sh\n$ one\ntwo\n```\n<!-- setup: test -->\n```\n3\n4\n```\n";
        assert_eq!(blocks(text), Ok(vec![block("run", "one\n"), block("test", "3\n4\n")]));
    }

    #[test]
    fn a_mark_needs_a_block() {
        assert_eq!(
            blocks("\n<!-- setup: run -->\ntext\n"),
            Err("2: no fenced block follows the mark `run`".into())
        );
        let open = blocks("<!-- setup: run -->\n```sh\nx\n");
        assert_eq!(open, Err("1: the block of the mark `run` is never closed".into()));
    }
}
