//! How long texts are, and their parts.

use std::ops::Range;

/// How many bytes a token has at least, on average: English has four, code and other languages fewer.
const BYTES_PER_TOKEN: u64 = 3;

/// How many tokens a text has, on the safe side.
pub(crate) fn tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(BYTES_PER_TOKEN)
}

/// How many bytes so many tokens have.
pub(crate) fn bytes(tokens: u64) -> usize {
    usize::try_from(tokens.saturating_mul(BYTES_PER_TOKEN)).unwrap_or(usize::MAX)
}

/// Splits a text into parts of at most `most` bytes, each beginning with up to `overlap` bytes of the one before.
///
/// It is split between paragraphs, else lines, else words, else anywhere. Nothing of it is lost. `most` is taken to
/// be 16 at least, `overlap` a quarter of `most` at most: so each part has something new, and most of it is.
pub(crate) fn split(text: &str, most: usize, overlap: usize) -> Vec<&str> {
    let most = most.max(16);
    let overlap = overlap.min(most / 4);
    let mut parts = Vec::new();
    let mut start = 0;
    while text.len() - start > most {
        let end = text.floor_char_boundary(start + most);
        let cut = cut_within(text, start + most / 2..end);
        parts.push(&text[start..cut]);
        start = beginning(text, cut, overlap);
    }
    parts.push(&text[start..]);
    parts
}

/// Where to end a part: at the last good place within `range`, else at its end.
fn cut_within(text: &str, range: Range<usize>) -> usize {
    let from = text.floor_char_boundary(range.start);
    let window = &text[from..range.end];
    for between in ["\n\n", "\n", " "] {
        if let Some(at) = window.rfind(between) {
            return from + at + between.len();
        }
    }
    range.end
}

/// Where the part behind `cut` begins: up to `overlap` bytes before it, at the beginning of a word if there is one.
fn beginning(text: &str, cut: usize, overlap: usize) -> usize {
    let from = text.ceil_char_boundary(cut - overlap);
    match text[from..cut].find(char::is_whitespace) {
        Some(at) => {
            let behind = &text[from + at..cut];
            cut - behind.trim_start().len()
        }
        None => from,
    }
}

/// The last paragraph of a text, as far as it has at most `most` characters: where people put their question.
pub(crate) fn last_paragraph(text: &str, most: usize) -> &str {
    let text = text.trim_end();
    let paragraph = text.rsplit("\n\n").next().unwrap_or(text).trim();
    match paragraph.char_indices().rev().nth(most.saturating_sub(1)) {
        Some((from, _)) => &paragraph[from..],
        None => paragraph,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{last_paragraph, split};

    #[test]
    fn parts_end_with_paragraphs_and_repeat_the_end_of_the_one_before() {
        let text = "one two three four\n\nfive six seven eight\n\nnine ten eleven";
        assert_eq!(split(text, 100, 10), [text]);
        assert_eq!(
            split(text, 30, 0),
            ["one two three four\n\n", "five six seven eight\n\n", "nine ten eleven"]
        );
        assert_eq!(split(text, 30, 7)[1], "four\n\nfive six seven eight\n\n");
        assert_eq!(last_paragraph("a\n\nWhat is\nthis?\n", 100), "What is\nthis?");
        assert_eq!(last_paragraph("a\n\nWhat is this?", 5), "this?");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_part_is_too_long(
            text in "[a-z\u{e9}\u{1f600} \n]{0,300}", most in 1usize..80, overlap in 0usize..100,
        ) {
            let parts = split(&text, most, overlap);
            let mut reached = 0;
            for part in &parts {
                prop_assert!(part.len() <= most.max(16));
                let start = part.as_ptr() as usize - text.as_ptr() as usize;
                prop_assert!(start <= reached && reached - start <= overlap);
                prop_assert!(start + part.len() > reached || text.is_empty());
                reached = start + part.len();
            }
            prop_assert_eq!(reached, text.len());
        }
    }
}
