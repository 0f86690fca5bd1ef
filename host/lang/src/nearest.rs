//! Which known names a misspelt one may stand for.

/// How many names are offered at most.
const OFFERED: usize = 2;

/// The longest name that is compared, in characters: comparing takes the square of that.
const LONGEST: usize = 64;

/// The names nearest to `name` by edit distance, nearest first, then by the alphabet; upper and lower case are one.
///
/// Names are ASCII, and none that is longer than 64 characters is near to anything.
///
/// A name is near when at most a third of its characters differ, and one character of a short one.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name: Vec<char> = name.to_ascii_lowercase().chars().collect();
    let allowed = (name.len() / 3).max(1);
    if name.len() > LONGEST {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = Vec::new();
    for other in known {
        if other.len().abs_diff(name.len()) > allowed {
            continue;
        }
        let chars: Vec<char> = other.to_ascii_lowercase().chars().collect();
        let distance = distance(&name, &chars);
        if distance <= allowed && distance < name.len() && !found.contains(&(distance, other)) {
            found.push((distance, other));
        }
    }
    found.sort();
    found.truncate(OFFERED);
    found.into_iter().map(|(_, other)| other).collect()
}

/// The number of insertions, removals, replacements and exchanges of neighbours that make `a` of `b`.
///
/// # Source
/// The optimal string alignment distance, row by row.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_names_are_offered_first() {
        let known = ["MOV", "MOVI", "MUL", "IMUL", "HALT", "TELL"];
        assert_eq!(nearest("MOVE", known), ["MOV", "MOVI"]);
        assert_eq!(nearest("hatl", known), ["HALT"]);
        assert_eq!(nearest("tel", known), ["TELL"]);
        assert_eq!(nearest("nothing", known), [""; 0]);
        assert_eq!(nearest("x", known), [""; 0]);
    }
}
