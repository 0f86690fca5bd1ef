//! Conditions of breakpoints: `R3 == 10`, `R1 < R2 && PC != loop || R0`.

use crate::bytecode::expression;

/// A condition: any of several, each all of several comparisons.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    text: String,
    any_of: Vec<Vec<Comparison>>,
}

#[derive(Clone, Debug)]
struct Comparison {
    left: String,
    /// What it is compared with; without it, anything but 0 holds.
    right: Option<(Relation, String)>,
}

#[derive(Clone, Copy, Debug)]
enum Relation {
    Eq,
    Ne,
    Le,
    Ge,
    Lt,
    Gt,
}

/// Longer ones first, so that none is found inside of another.
const RELATIONS: [(&str, Relation); 6] = [
    ("==", Relation::Eq),
    ("!=", Relation::Ne),
    ("<=", Relation::Le),
    (">=", Relation::Ge),
    ("<", Relation::Lt),
    (">", Relation::Gt),
];

impl Condition {
    /// Reads a condition; whether its expressions can be computed shows when they are.
    ///
    /// # Errors
    /// An expression is missing.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let comparisons = |part: &str| part.split("&&").map(Comparison::parse).collect::<Result<Vec<_>, _>>();
        let any_of = text.split("||").map(comparisons).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), any_of })
    }

    /// The condition as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds; `word` says what names stand for.
    ///
    /// # Errors
    /// An expression cannot be computed.
    pub(crate) fn holds(&self, word: &dyn Fn(&str) -> Option<i64>) -> Result<bool, String> {
        for all_of in &self.any_of {
            let mut holds = true;
            for comparison in all_of {
                holds &= comparison.holds(word)?;
            }
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Comparison {
    fn parse(text: &str) -> Result<Self, String> {
        let found = relation(text);
        let (left, right) = match found {
            Some((at, len, relation)) => (&text[..at], Some((relation, text[at + len..].trim().to_owned()))),
            None => (text, None),
        };
        let left = left.trim().to_owned();
        if left.is_empty() || right.as_ref().is_some_and(|(_, right)| right.is_empty()) {
            return Err(format!("expected a comparison such as `R3 == 10`, found `{}`", text.trim()));
        }
        Ok(Self { left, right })
    }

    fn holds(&self, word: &dyn Fn(&str) -> Option<i64>) -> Result<bool, String> {
        let left = expression::evaluate(&self.left, word)?;
        let Some((relation, right)) = &self.right else { return Ok(left != 0) };
        let right = expression::evaluate(right, word)?;
        Ok(match relation {
            Relation::Eq => left == right,
            Relation::Ne => left != right,
            Relation::Le => left <= right,
            Relation::Ge => left >= right,
            Relation::Lt => left < right,
            Relation::Gt => left > right,
        })
    }
}

/// The first relation in a text: where, how long, which. Shifts are none.
fn relation(text: &str) -> Option<(usize, usize, Relation)> {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let first = rest.chars().next()?;
        if rest.starts_with("<<") || rest.starts_with(">>") {
            at += 2;
            continue;
        }
        if let Some((sign, relation)) = RELATIONS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            return Some((at, sign.len(), *relation));
        }
        at += first.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Condition;

    fn check(text: &str, expected: bool) {
        let word = |name: &str| (name == "R1").then_some(5);
        let condition = Condition::parse(text).expect("parses");
        assert_eq!(condition.holds(&word), Ok(expected), "{text}");
    }

    #[test]
    fn comparisons_are_joined() {
        check("R1 == 5", true);
        check("R1 != 5 || R1 > 4", true);
        check("R1 >= 5 && R1 < 5", false);
        check("R1", true);
        check("R1 - 5", false);
        check("R1 << 2 == 20", true);
        check("1 < R1 >> 1", true);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(Condition::parse("R1 ==").is_err());
        assert!(Condition::parse("&& R1").is_err());
        assert!(Condition::parse("R99 == 1").expect("parses").holds(&|_| None).is_err());
    }
}
