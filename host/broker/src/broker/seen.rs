//! What of an answer has been shown while it arrived, over all attempts of a call.

/// Text that was shown cannot be taken back. So a later attempt shows only what goes beyond it; where it says something
/// else instead, it shows nothing, and the answer has the whole.
#[derive(Debug, Default)]
pub(super) struct Seen {
    text: String,
    /// How much of `text` this attempt has said again, in bytes; none if it says something else.
    at: Option<usize>,
}

impl Seen {
    /// A new attempt begins.
    pub(super) fn again(&mut self) {
        self.at = Some(0);
    }

    /// A piece of this attempt.
    pub(super) fn piece(&mut self, piece: &str, show: &mut (dyn FnMut(&str) + Send)) {
        let Some(at) = self.at else { return };
        let ahead = self.text.get(at..).unwrap_or("");
        if ahead.starts_with(piece) {
            self.at = Some(at + piece.len());
        } else if let Some(new) = piece.strip_prefix(ahead) {
            show(new);
            self.text.push_str(new);
            self.at = Some(self.text.len());
        } else {
            self.at = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    fn shown(attempts: &[&[&str]]) -> String {
        let (mut seen, mut shown) = (Seen::default(), String::new());
        for attempt in attempts {
            seen.again();
            attempt.iter().for_each(|piece| seen.piece(piece, &mut |text| shown.push_str(text)));
        }
        shown
    }

    #[test]
    fn nothing_is_shown_twice() {
        assert_eq!(shown(&[&["one ", "two "], &["one two three"]]), "one two three");
        assert_eq!(shown(&[&["one ", "two "], &["on", "e ", "two three", " four"]]), "one two three four");
        assert_eq!(shown(&[&["one ", "two "], &["one ", "three"], &["one two four"]]), "one two four");
        assert_eq!(shown(&[&["one"], &["two"]]), "one");
    }
}
