//! Versions of an ecosystem: what has to be kept so that any of them can be had back.
//!
//! A version is a plain record; who stores it is the caller's business. Going back is one more version with the text
//! of an old one, so that nothing is ever lost.

use flux_lang::ecosystem::{Ecosystem, Limits, Parsed, parse, print};
use flux_lang::includes::Includes;
use serde::{Deserialize, Serialize};

/// A state of an ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1 on.
    pub number: u64,
    /// The version that it was made of; nothing for the first.
    pub parent: Option<u64>,
    /// The ecosystem, as [`print()`] writes it.
    pub text: String,
    /// What is different from its parent, a line each.
    pub changed: Vec<String>,
    /// Why it was taken: a sentence, with the figures of its test.
    pub evidence: String,
}

impl Version {
    /// The first version of an ecosystem.
    #[must_use]
    pub fn first(ecosystem: &Ecosystem) -> Self {
        Self {
            number: 1,
            parent: None,
            text: print(ecosystem),
            changed: Vec::new(),
            evidence: "as it was written".to_owned(),
        }
    }

    /// The version that follows this one; its number is `number`, one more than the highest that there is.
    #[must_use]
    pub fn next(&self, number: u64, ecosystem: &Ecosystem, changed: Vec<String>, evidence: String) -> Self {
        Self { number, parent: Some(self.number), text: print(ecosystem), changed, evidence }
    }

    /// Goes back from this version to an older one: a new version with the old text.
    #[must_use]
    pub fn back_to(&self, old: &Self, number: u64) -> Self {
        Self {
            number,
            parent: Some(self.number),
            text: old.text.clone(),
            changed: vec![format!("back to version {}", old.number)],
            evidence: format!("taken back from version {} by hand", self.number),
        }
    }

    /// Reads its text; `name` is what messages call it and what files that it uses are looked for from.
    #[must_use]
    pub fn read(&self, name: &str, includes: &dyn Includes) -> Parsed {
        parse(name, &self.text, includes, &Limits::DEFAULT)
    }

    /// One line of a list of versions.
    #[must_use]
    pub fn line(&self) -> String {
        let parent = self.parent.map_or_else(String::new, |parent| format!(" (of {parent})"));
        let what =
            if self.changed.is_empty() { String::new() } else { format!("{}: ", self.changed.join("; ")) };
        format!("{}{parent} {what}{}", self.number, self.evidence)
    }
}

#[cfg(test)]
mod tests {
    use flux_lang::includes::NoIncludes;

    use super::Version;
    use crate::designer::mutation::tests::pipeline;

    #[test]
    fn any_version_can_be_had_back() {
        let old = pipeline();
        let mut new = old.clone();
        new.entities[0].model_key = Some("strong".to_owned());
        let first = Version::first(&old);
        let second = first.next(2, &new, vec!["a model".to_owned()], "better".to_owned());
        let third = second.back_to(&first, 3);
        assert_eq!((third.parent, third.number), (Some(2), 3));
        assert_eq!(third.read("t.flux", &NoIncludes).ecosystem, Some(old));
        assert_eq!(second.read("t.flux", &NoIncludes).ecosystem, Some(new));
        assert_eq!(second.line(), "2 (of 1) a model: better");
        let stored = serde_json::to_string(&second).expect("a record");
        assert_eq!(serde_json::from_str::<Version>(&stored).expect("a record"), second);
    }
}
