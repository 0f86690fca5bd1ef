//! Reads TOML values one by one, and goes on after a mistake so that all of them are told at once.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::diagnostics::{self, ArenaMistake, Source, Span};
use crate::limits::{MAX_NAME_BYTES, MAX_NUMBERS};
use crate::nearest::nearest;

/// A value with its place in the file.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// The file being read and what was found wrong with it so far.
pub(super) struct Reading<'s> {
    pub(super) source: &'s Source,
    mistakes: Vec<ArenaMistake>,
}

impl<'s> Reading<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { source, mistakes: Vec::new() }
    }

    /// Notes a mistake; always none, so that readers can end with it.
    pub(super) fn wrong<T>(&mut self, mistake: ArenaMistake) -> Option<T> {
        self.mistakes.push(mistake);
        None
    }

    pub(super) fn is_clean(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// What was found wrong, in the order of the file.
    pub(super) fn into_mistakes(mut self) -> Vec<ArenaMistake> {
        self.mistakes.sort_by_key(|mistake| (mistake.line(), mistake.column()));
        self.mistakes
    }

    fn mismatch<T>(&mut self, key: &str, expected: &str, value: &Value<'_>) -> Option<T> {
        let found = kind(value.get_ref());
        self.wrong(diagnostics::wrong_type(self.source, value.span(), key, expected, found))
    }

    pub(super) fn boolean(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        match value.get_ref().as_bool() {
            Some(boolean) => Some(boolean),
            None => self.mismatch(key, "`true` or `false`", value),
        }
    }

    pub(super) fn text<'t>(&mut self, key: &str, value: &'t Value<'_>) -> Option<&'t str> {
        match value.get_ref().as_str() {
            Some(text) => Some(text),
            None => self.mismatch(key, "a text in quotes", value),
        }
    }

    /// A text that is not empty and not longer than a name may be.
    pub(super) fn name<'t>(&mut self, key: &str, value: &'t Value<'_>) -> Option<&'t str> {
        let name = self.text(key, value)?;
        let (source, at, actual) = (self.source, value.span(), name.len());
        if name.trim().is_empty() {
            return self.wrong(diagnostics::empty(source, at, key, "a name"));
        }
        if actual > MAX_NAME_BYTES {
            return self.wrong(diagnostics::too_long(source, at, key, "bytes", actual, MAX_NAME_BYTES));
        }
        Some(name)
    }

    /// A whole number from `min` to `max`, both included.
    pub(super) fn integer<T>(&mut self, key: &str, value: &Value<'_>, min: T, max: T) -> Option<T>
    where
        T: TryFrom<i128> + Into<i128> + Copy,
    {
        let Some(integer) = value.get_ref().as_integer() else {
            return self.mismatch(key, "a whole number", value);
        };
        let (min, max): (i128, i128) = (min.into(), max.into());
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok();
        let in_range =
            number.filter(|number| (min..=max).contains(number)).and_then(|number| T::try_from(number).ok());
        match in_range {
            Some(number) => Some(number),
            None => {
                let expected = if (min, max) == (i128::from(i64::MIN), i128::from(i64::MAX)) {
                    "a signed 64-bit number".to_owned()
                } else if max == i128::from(u64::MAX) {
                    format!("a whole number from {min} up")
                } else {
                    format!("a whole number from {min} to {max}")
                };
                let at = value.span();
                self.wrong(diagnostics::out_of_range(self.source, at, key, &expected, integer))
            }
        }
    }

    /// A number, with or without a fraction, from `min` to `max`, both included. Never NaN.
    pub(super) fn fraction(&mut self, key: &str, value: &Value<'_>, min: f64, max: f64) -> Option<f64> {
        let (number, found) = match value.get_ref() {
            DeValue::Float(float) => (float.as_str().parse::<f64>().ok(), float.to_string()),
            DeValue::Integer(integer) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                (number.map(|number| number as f64), integer.to_string())
            }
            _ => return self.mismatch(key, "a number", value),
        };
        match number.filter(|number| (min..=max).contains(number)) {
            Some(number) => Some(number),
            None => {
                let expected = format!("a number from {min} to {max}");
                self.wrong(diagnostics::out_of_range(self.source, value.span(), key, &expected, found))
            }
        }
    }

    /// A list of at most `limit` values.
    pub(super) fn list<'t, 'i>(
        &mut self,
        key: &str,
        value: &'t Value<'i>,
        expected: &str,
        limit: usize,
    ) -> Option<&'t DeArray<'i>> {
        let Some(list) = value.get_ref().as_array() else {
            return self.mismatch(key, expected, value);
        };
        if list.len() > limit {
            let (at, actual) = (value.span(), list.len());
            return self.wrong(diagnostics::too_long(self.source, at, key, "entries", actual, limit));
        }
        Some(list)
    }

    /// A list of signed 64-bit numbers.
    pub(super) fn numbers(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<i64>> {
        let list = self.list(key, value, "a list of numbers, such as `[1, 2]`", MAX_NUMBERS)?;
        let numbers: Vec<Option<i64>> =
            list.iter().map(|number| self.integer(key, number, i64::MIN, i64::MAX)).collect();
        numbers.into_iter().collect()
    }

    /// A table of which every key is one of `known`; `what` is its name in messages, such as "`[budget]`".
    pub(super) fn table<'t, 'i>(
        &mut self,
        what: &'static str,
        value: &'t Value<'i>,
        known: &'static [&'static str],
    ) -> Option<Table<'t, 'i>> {
        match value.get_ref().as_table() {
            Some(fields) => Some(self.fields(what, fields, value.span(), known)),
            None => self.mismatch(what, "a table", value),
        }
    }

    pub(super) fn fields<'t, 'i>(
        &mut self,
        what: &'static str,
        fields: &'t DeTable<'i>,
        at: Span,
        known: &'static [&'static str],
    ) -> Table<'t, 'i> {
        for (key, _) in fields {
            let (written, span) = (key.get_ref().as_ref(), key.span());
            if !known.contains(&written) {
                // A key that is there already is not what was meant by another one.
                let absent: BTreeSet<&str> =
                    known.iter().copied().filter(|name| !fields.contains_key(*name)).collect();
                let near = nearest(written, absent);
                self.mistakes.push(diagnostics::unknown_key(self.source, span, what, written, near, known));
            }
        }
        Table { what, fields, at }
    }
}

/// A table being read.
pub(super) struct Table<'t, 'i> {
    /// Its name in messages.
    pub(super) what: &'static str,
    fields: &'t DeTable<'i>,
    /// Its place: for a `[table]` its header.
    pub(super) at: Span,
}

impl<'t, 'i> Table<'t, 'i> {
    /// The value under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'t Value<'i>> {
        self.fields.get(key)
    }

    /// The value under `key`, or a mistake that says what to add.
    pub(super) fn expect(
        &self,
        reading: &mut Reading<'_>,
        key: &str,
        example: &str,
    ) -> Option<&'t Value<'i>> {
        match self.get(key) {
            Some(value) => Some(value),
            None => {
                let mistake =
                    diagnostics::missing_key(reading.source, self.at.clone(), self.what, key, example);
                reading.wrong(mistake)
            }
        }
    }

    /// The keys with the values under them, in the order of their bytes.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'t str, Span, &'t Value<'i>)> {
        self.fields.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }
}

/// A value's kind, with its article.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
