//! "Did you mean": the known name that is nearest to what was written.

/// The name of `known` with the fewest edits to `written`, if it is near enough to be meant: at most one edit for
/// every three letters, and at least one allowed. The first of equally near ones.
pub(crate) fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (edits(written, name), name))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// The number of insertions, deletions and substitutions that lead from `a` to `b` (Levenshtein 1966), by one row
/// of Wagner and Fischer's table at a time.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        row[0] = left;
        for (j, to) in b.iter().enumerate() {
            let above = row[j + 1];
            left = (diagonal + usize::from(from != *to)).min(above + 1).min(left + 1);
            diagonal = above;
            row[j + 1] = left;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["cycles", "memory_kib", "weight", "held_out"];
        for (written, expect) in [
            ("cycle", Some("cycles")),
            ("memory_kb", Some("memory_kib")),
            ("heldout", Some("held_out")),
            ("wieght", Some("weight")),
            ("tolerance", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), expect, "{written}");
        }
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("abc", "abc"), 0);
    }
}
