//! `reword-prompt`: a prompt of an ecosystem with other sentences.
//!
//! Sentences go, change places, come from other prompts; or two prompts are exchanged. A prompt that holds `{input}`
//! still holds it afterwards, and no other one gets it: it says where the input of a stage goes.

use super::{Edit, Inapplicable, MutateContext, Patch};
use crate::gene::slot::{Slot, Which, slots};
use crate::gene::{Gene, GeneKind};
use crate::rng::Rng;

/// Where the input of a stage goes.
const INPUT: &str = "{input}";
/// How often another prompt and another edit are tried.
const TRIES: usize = 16;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let prompts = slots(ctx.genes, ctx.module, &[GeneKind::Prompt], Which::Changeable);
    for _ in 0..TRIES {
        let Some((gene, slot)) = rng.pick(&prompts) else { break };
        let edit = match rng.below(4) {
            0 => drop_sentence(gene, slot, rng),
            1 => swap_sentences(gene, slot, rng),
            2 => take_sentence(gene, slot, &prompts, rng),
            _ => exchange(gene, slot, &prompts, rng),
        };
        if let Some((data, description)) = edit {
            let patch = Patch { data, ..Patch::default() };
            return Ok(Edit { patch, function: None, description });
        }
    }
    Err(Inapplicable("no gene is a prompt that can be worded otherwise"))
}

/// What to write over the module, and what it is.
type Change = Option<(Vec<(usize, Vec<u8>)>, String)>;

/// The change of one prompt, if it is one.
fn reworded(slot: &Slot<'_>, text: &str, description: String) -> Change {
    let keeps = slot.text.contains(INPUT) == text.contains(INPUT);
    if !keeps || text == slot.text {
        return None;
    }
    Some((vec![slot.with(text)?], description))
}

fn drop_sentence(gene: &Gene, slot: &Slot<'_>, rng: &mut Rng) -> Change {
    let mut left = sentences(slot.text);
    if left.len() < 2 {
        return None;
    }
    let gone = left.remove(rng.index(left.len()));
    let description = format!("a sentence goes (gene `{}`): {}", gene.name, shown(gone));
    reworded(slot, left.concat().trim_end(), description)
}

fn swap_sentences(gene: &Gene, slot: &Slot<'_>, rng: &mut Rng) -> Change {
    let mut swapped = sentences(slot.text);
    if swapped.len() < 2 {
        return None;
    }
    let (a, b) = (rng.index(swapped.len()), rng.index(swapped.len()));
    swapped.swap(a, b);
    let description =
        format!("sentences {} and {} change places (gene `{}`)", a.min(b) + 1, a.max(b) + 1, gene.name);
    reworded(slot, &join(&swapped), description)
}

fn take_sentence(gene: &Gene, slot: &Slot<'_>, prompts: &[(&Gene, Slot<'_>)], rng: &mut Rng) -> Change {
    let (other, from) = rng.pick(prompts)?;
    let offered = sentences(from.text);
    let taken = rng.pick(&offered).filter(|taken| !taken.contains(INPUT))?;
    let mut text = sentences(slot.text);
    if text.contains(taken) {
        return None;
    }
    text.insert(rng.index(text.len() + 1), taken);
    let description =
        format!("a sentence comes from `{}` (gene `{}`): {}", other.name, gene.name, shown(taken));
    reworded(slot, &join(&text), description)
}

fn exchange(gene: &Gene, slot: &Slot<'_>, prompts: &[(&Gene, Slot<'_>)], rng: &mut Rng) -> Change {
    let (other, with) = rng.pick(prompts)?;
    let keeps = slot.text.contains(INPUT) == with.text.contains(INPUT);
    if !keeps || slot.text == with.text {
        return None;
    }
    let description = format!("the prompts `{}` and `{}` change places", gene.name, other.name);
    Some((vec![slot.with(with.text)?, with.with(slot.text)?], description))
}

/// The sentences of a text, each with the white space behind it: they end with a mark and white space, or with a line.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut ends = rest.char_indices().zip(rest.chars().skip(1));
        let end = ends.find(|((_, mark), next)| {
            *mark == '\n' || (matches!(mark, '.' | '!' | '?' | ':') && next.is_whitespace())
        });
        let end = end.map_or(rest.len(), |((at, mark), _)| at + mark.len_utf8());
        let space = rest[end..].len() - rest[end..].trim_start().len();
        let (sentence, after) = rest.split_at(end + space);
        found.push(sentence);
        rest = after;
    }
    found
}

/// A text of sentences, with blanks where there is no white space between them.
fn join(sentences: &[&str]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        if !text.is_empty() && !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
        text.push_str(sentence);
    }
    text.truncate(text.trim_end().len());
    text
}

/// The beginning of a sentence, for people.
fn shown(sentence: &str) -> String {
    let short: String = sentence.trim().chars().take(40).collect();
    if short.len() < sentence.trim().len() { format!("{short:?} ...") } else { format!("{short:?}") }
}

#[cfg(test)]
mod tests {
    use super::{join, sentences};

    #[test]
    fn texts_fall_into_sentences() {
        let text = "Be brief. Answer {input}!\nShow 1.5 steps: one\ntwo";
        let parts = ["Be brief. ", "Answer {input}!\n", "Show 1.5 steps: ", "one\n", "two"];
        assert_eq!(sentences(text), parts);
        assert_eq!(sentences(text).concat(), text);
        assert_eq!(join(&["two", "one\n", "Be brief. "]), "two one\nBe brief.");
        assert!(sentences("").is_empty());
        assert_eq!(sentences(" \u{e9}. "), [" \u{e9}. "]);
    }
}
