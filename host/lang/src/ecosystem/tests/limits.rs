//! Each limit, at its edge and one past it.

use std::collections::BTreeMap;

use super::super::{Limits, parse};
use super::codes;
use crate::includes::NoIncludes;

/// Reads a text with limits, and says whether something with this code was wrong with it.
fn has(text: &str, limits: &Limits, code: &str) -> bool {
    let parsed = parse("t.flux", text, &NoIncludes, limits);
    assert!(parsed.diagnostics.iter().all(|diagnostic| diagnostic.code() == code), "{}", parsed.render());
    !parsed.diagnostics.is_empty()
}

#[test]
fn source_bytes() {
    let text = "ECOSYSTEM \"e\" {}";
    for (source_bytes, is_refused) in [(text.len(), false), (text.len() - 1, true)] {
        let limits = Limits { source_bytes, ..Limits::DEFAULT };
        assert_eq!(has(text, &limits, "eco::source-too-large"), is_refused);
    }
}

#[test]
fn items() {
    // The block, two fields of which one is a list, and its two entries.
    let text = "ECOSYSTEM \"e\" { ENTITY \"a\" { TYPE: Model.Ensemble MEMBERS: [\"b\", \"b\"] FALLBACK: \"b\" }
        ENTITY \"b\" { FALLBACK: \"c\" } ENTITY \"c\" { } ENTITY \"d\" { FALLBACK: \"a\" } POLICY { JUDGE_ENTITY: \"d\" } }";
    for (items, is_refused) in [(14, false), (13, true)] {
        let limits = Limits { items, ..Limits::DEFAULT };
        assert_eq!(has(text, &limits, "eco::too-many-items"), is_refused);
    }
}

#[test]
fn name_bytes() {
    for (length, is_refused) in [(255, false), (256, true)] {
        let text = format!("ECOSYSTEM \"{}\" {{}}", "n".repeat(length));
        assert_eq!(has(&text, &Limits::DEFAULT, "eco::name-too-long"), is_refused);
    }
}

/// A chain of files: `0` uses `1`, and so on, `n` in all.
fn chain(n: usize) -> BTreeMap<String, String> {
    let file = |idx: usize| {
        let uses = if idx + 1 < n { format!("USES: \"{}\"", idx + 1) } else { String::new() };
        format!("ECOSYSTEM \"e\" {{ ENTITY \"u\" {{ {uses} }} POLICY {{ JUDGE_ENTITY: \"u\" }} }}")
    };
    (0..n).map(|idx| (idx.to_string(), file(idx))).collect()
}

#[test]
fn uses_depth_and_files() {
    for (n, expected) in [(8, vec![]), (9, vec!["eco::uses-too-deep"])] {
        let files = chain(n);
        let parsed = parse("0", &files["0"], &files, &Limits::DEFAULT);
        let found: Vec<&str> = parsed.diagnostics.iter().map(super::super::Diagnostic::code).collect();
        assert_eq!(found, expected);
    }
    for (n, expected) in [(4, vec![]), (5, vec!["eco::too-many-files"])] {
        let files = chain(n);
        let limits = Limits { files: 4, ..Limits::DEFAULT };
        let parsed = parse("0", &files["0"], &files, &limits);
        let found: Vec<&str> = parsed.diagnostics.iter().map(super::super::Diagnostic::code).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn all_files_together_have_a_limit() {
    let files = chain(2);
    let n_bytes = files["0"].len() + files["1"].len();
    for (source_bytes, is_refused) in [(n_bytes, false), (n_bytes - 1, true)] {
        let parsed = parse("0", &files["0"], &files, &Limits { source_bytes, ..Limits::DEFAULT });
        assert_eq!(parsed.ecosystem.is_none(), is_refused, "{}", parsed.render());
    }
}

#[test]
fn errors_and_warnings() {
    let text = "ECOSYSTEM \"e\" { A: 1 B: 2 C: 3 ENTITY \"a\" { COSTO: 1 COSTO: 1 COSTO: 1 COSTO: 1 } }";
    let count = |limits: &Limits, code: &str| {
        let parsed = parse("t.flux", text, &NoIncludes, limits);
        parsed.diagnostics.iter().filter(|diagnostic| diagnostic.code() == code).count()
    };
    for (errors, shown, is_said) in [(3, 3, 0), (2, 2, 1)] {
        let limits = Limits { errors, ..Limits::DEFAULT };
        assert_eq!(count(&limits, "eco::unknown-key"), shown);
        assert_eq!(count(&limits, "eco::too-many-errors"), is_said);
    }
    for (warnings, shown, is_said) in [(3, 3, 0), (2, 2, 1)] {
        let limits = Limits { warnings, ..Limits::DEFAULT };
        assert_eq!(count(&limits, "eco::repeated-key"), shown);
        assert_eq!(count(&limits, "eco::too-many-warnings"), is_said);
    }
}

#[test]
fn five_entities_may_fall_back_on_each_other() {
    for (n, expected) in [(5, vec![]), (6, vec!["eco::fallback-too-deep"])] {
        let mut entities = String::new();
        for idx in 1..=n {
            let fallback = if idx < n { format!("FALLBACK: \"{}\"", idx + 1) } else { String::new() };
            entities += &format!("ENTITY \"{idx}\" {{ {fallback} }} ");
        }
        let text = format!("ECOSYSTEM \"e\" {{ {entities} POLICY {{ JUDGE_ENTITY: \"1\" }} }}");
        assert_eq!(codes(&text), expected);
    }
}

#[test]
fn long_texts_take_time_in_proportion() {
    // Nested and unfinished in every way, long enough to take minutes, were anything read more than a few times.
    for part in ["{", "[", "\"\\\"", "A{", "A:", "A \"b\" ", "ENTITY \"a\" {", "[\"a\",", "#", "0."] {
        let n = (1 << 14) / part.len();
        let text = format!("ECOSYSTEM \"e\" {{ {}", part.repeat(n));
        assert!(!codes(&text).is_empty());
    }
}
