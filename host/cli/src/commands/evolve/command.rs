//! The command that does a run again.

use std::path::Path;

use super::Args;

/// The command line that begins the same run anew; its result is the same, byte for byte, unless time ended it.
pub(super) fn again(args: &Args, seed: u64) -> String {
    let path = |path: &Path| quoted(&path.display().to_string());
    let mut words = vec!["flux evolve".to_owned()];
    words.extend(args.arena.iter().chain(&args.founders).map(|file| path(file)));
    words.extend(args.preserve.then(|| "--preserve".to_owned()));
    words.extend(args.strategy.iter().map(|name| format!("--strategy {name}")));
    words.extend(args.policy.iter().map(|file| format!("--policy {}", path(file))));
    let limits = [
        ("generations", args.generations),
        ("variants", args.variants),
        ("patience", args.patience),
        ("target", args.target),
    ];
    words.extend(limits.into_iter().filter_map(|(name, limit)| Some(format!("--{name} {}", limit?))));
    words.extend(args.at_gate.then(|| "--at-gate".to_owned()));
    words.push(format!("--seed {seed}"));
    words.join(" ")
}

/// A word of a command line, quoted where a shell would read it otherwise.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_shells() {
        assert_eq!(quoted("gcd-1"), "gcd-1");
        assert_eq!(quoted("my run"), "'my run'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
