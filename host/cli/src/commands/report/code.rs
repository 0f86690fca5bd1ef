//! Code beside code.

use flux_genome::diff::{Diff, FunctionDiff, Line, Side, hunks};
use maud::{Markup, html};

use crate::diff_text;

/// Functions with more lines are shown where they differ only.
const WHOLE: usize = 300;

/// Equal lines around a difference in such functions, and outside functions.
const CONTEXT: usize = 4;

/// Rows on the page; what is left is counted.
const ROWS: usize = 1500;

/// Characters of a line that are shown: a data segment is one line.
const LONGEST_LINE: usize = 120;

/// A row of two columns.
#[derive(Debug, PartialEq)]
struct Row<'a> {
    before: Option<&'a Line>,
    after: Option<&'a Line>,
}

/// The first genome's code beside the second's.
pub(super) fn side_by_side(found: &Diff, before: &str, after: &str) -> Markup {
    let mut left = ROWS;
    let mut shown = Vec::new();
    for function in &found.functions {
        let ranges = match function.lines.len() {
            0..=WHOLE => std::iter::once(0..function.lines.len()).collect(),
            _ => hunks(&function.lines, CONTEXT),
        };
        let n_rows: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        if n_rows > left {
            break;
        }
        left -= n_rows;
        shown.push((function, ranges));
    }
    let n_hidden = found.functions.len() - shown.len();
    let rest = hunks(&found.rest, CONTEXT);
    html! {
        @for (function, ranges) in shown {
            h3 { (diff_text::heading(function)) }
            (table(&function.lines, ranges, before, after))
        }
        @if n_hidden > 0 {
            p.note { (n_hidden) " more functions differ; " code { "flux diff" } " shows all of them." }
        }
        @if !rest.is_empty() && rest.iter().map(ExactSizeIterator::len).sum::<usize>() <= left {
            h3 { "outside the functions" }
            (table(&found.rest, rest, before, after))
        }
        @if found.n_unchanged > 0 {
            p.note { (found.n_unchanged) " functions are the same in both." }
        }
    }
}

fn table(lines: &[Line], ranges: Vec<std::ops::Range<usize>>, before: &str, after: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="code" {
            table.code {
                thead { tr { th {} th { (before) } th {} th { (after) } } }
                @for range in ranges {
                    tbody {
                        @for row in rows(&lines[range]) {
                            tr {
                                (cell(row.before, "gone"))
                                (cell(row.after, "come"))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(line: Option<&Line>, class: &str) -> Markup {
    let number = |line: &Line| if class == "gone" { line.before } else { line.after };
    html! {
        @match line {
            None => { td.no {} td.none {} }
            Some(line) => {
                td.no { @if let Some(number) = number(line) { (number) } }
                td class=(if line.side == Side::Both { "" } else { class }) { (cut(&line.text)) }
            }
        }
    }
}

fn cut(line: &str) -> String {
    let mut kept: String = line.chars().take(LONGEST_LINE).collect();
    if kept.len() < line.len() {
        kept.push_str(" ...");
    }
    kept
}

/// Puts lines beside each other: what is gone beside what came in its place.
fn rows(lines: &[Line]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    // Where the run of differences began that is not over yet.
    let mut begun = 0;
    for line in lines {
        match line.side {
            Side::Both => {
                rows.push(Row { before: Some(line), after: Some(line) });
                begun = rows.len();
            }
            Side::Before => rows.push(Row { before: Some(line), after: None }),
            Side::After => match rows[begun..].iter().position(|row| row.after.is_none()) {
                Some(at) => rows[begun + at].after = Some(line),
                None => rows.push(Row { before: None, after: Some(line) }),
            },
        }
    }
    rows
}

/// What one step changed, line by line.
pub(super) fn step(found: &Diff) -> Markup {
    let section = |name: String, lines: &[Line]| {
        html! {
            span.name { (name) "\n" }
            @for (at, hunk) in hunks(lines, 1).into_iter().enumerate() {
                @if at > 0 { "...\n" }
                @for line in &lines[hunk] {
                    @match line.side {
                        Side::Both => { "  " (cut(&line.text)) "\n" }
                        Side::Before => { del { "- " (cut(&line.text)) "\n" } }
                        Side::After => { ins { "+ " (cut(&line.text)) "\n" } }
                    }
                }
            }
        }
    };
    html! {
        pre {
            @for function in &found.functions {
                (section(heading(function), &function.lines))
            }
            @if found.rest.iter().any(|line| line.side != Side::Both) {
                (section("outside the functions".to_owned(), &found.rest))
            }
        }
    }
}

fn heading(function: &FunctionDiff) -> String {
    diff_text::heading(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(side: Side, text: &str) -> Line {
        Line { side, text: text.to_owned(), before: None, after: None }
    }

    fn check(lines: &[(Side, &str)], expected: &[&str]) {
        let lines: Vec<Line> = lines.iter().map(|(side, text)| line(*side, text)).collect();
        let text = |line: Option<&Line>| line.map_or("_".to_owned(), |line| line.text.clone());
        let found: Vec<String> =
            rows(&lines).iter().map(|row| format!("{}|{}", text(row.before), text(row.after))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_came_stands_beside_what_is_gone() {
        use Side::{After, Before, Both};
        check(
            &[(Both, "a"), (Before, "b"), (Before, "c"), (After, "d"), (Both, "e")],
            &["a|a", "b|d", "c|_", "e|e"],
        );
        check(&[(After, "a"), (Both, "b"), (After, "c"), (After, "d")], &["_|a", "b|b", "_|c", "_|d"]);
        check(&[(Before, "a"), (After, "b"), (After, "c")], &["a|b", "_|c"]);
    }

    #[test]
    fn text_is_escaped() {
        let found = Diff {
            functions: Vec::new(),
            n_unchanged: 0,
            rest: vec![line(Side::After, "<script>alert(\"&\")</script>")],
        };
        let page = side_by_side(&found, "<b>", "after").into_string();
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), "{page}");
    }
}
