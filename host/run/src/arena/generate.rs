//! Generated cases: inputs drawn by seed, whose expected values an oracle gives.

use std::collections::BTreeMap;
use std::path::Path;

use flux_evolve::trial::Side;

use crate::diagnostics;
use crate::limits::{MAX_CASES, MAX_NUMBERS};

use super::case::{Shape, read_channels, read_tolerance};
use super::draw::{Purpose, between, stream};
use super::folder::{GenomeFile, read_file_name};
use super::table::{Reading, Value};

const KEYS: &[&str] = &["count", "oracle", "input", "senses", "tolerance"];
const NUMBERS_KEYS: &[&str] = &["min", "max", "repeat"];

/// How cases are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generate {
    /// The genome whose results are the expected ones.
    pub oracle: GenomeFile,
    /// The input, part by part.
    pub input: Vec<Numbers>,
    /// Readings by channel. If there are any, the oracle's acts are expected too.
    pub senses: BTreeMap<u32, Numbers>,
    /// The largest allowed absolute difference of each output number. Default 0.
    pub tolerance: u64,
    /// `sides[i]` is the side of the case drawn as number i; as many as there are cases to draw.
    pub sides: Vec<Side>,
}

/// A stretch of numbers drawn alike, each as likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The least number, included.
    pub min: i64,
    /// The greatest number, included.
    pub max: i64,
    /// How many, from the first to the second, both included. Default (1, 1).
    pub repeat: (u32, u32),
}

/// A drawn case whose expected values are not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name, `random-N` with N from 1.
    pub name: String,
    /// Whether selection may see it.
    pub side: Side,
    /// The numbers put in.
    pub input: Vec<i64>,
    /// Readings by channel.
    pub senses: BTreeMap<u32, Vec<i64>>,
}

impl Generate {
    /// How many cases are drawn for a round; at least 1.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sides.len()
    }

    /// Draws the cases of `round`, from 0.
    ///
    /// # Determinism
    /// Each case is a function of the ranges, `seed`, `round` and its position: parts of the input in their order,
    /// then the channels by number; of each part first its length, if that varies, then its numbers.
    #[must_use]
    pub fn draw(&self, seed: u64, round: u32) -> Vec<Draft> {
        let draw = |(at, side): (usize, &Side)| {
            let mut rng = stream(seed, round, Purpose::Case, at as u64);
            let mut numbers = |range: &Numbers| -> Vec<i64> {
                let count = between(&mut rng, range.repeat.0.into(), range.repeat.1.into());
                (0..count).map(|_| between(&mut rng, range.min, range.max)).collect()
            };
            let input = self.input.iter().flat_map(&mut numbers).collect();
            let senses = self.senses.iter().map(|(channel, range)| (*channel, numbers(range))).collect();
            Draft { name: Self::name(at), side: *side, input, senses }
        };
        self.sides.iter().enumerate().map(draw).collect()
    }

    /// The name of the case drawn as number `at`, from 0.
    pub(super) fn name(at: usize) -> String {
        format!("random-{}", at + 1)
    }

    pub(super) fn on(self, sides: Vec<Side>) -> Self {
        Self { sides, ..self }
    }
}

/// Reads `[generate]`; sides are left to be decided.
pub(super) fn read(
    reading: &mut Reading<'_>,
    value: &Value<'_>,
    shape: Shape,
    folder: &Path,
) -> Option<Generate> {
    if shape != Shape::Program {
        let (at, name) = (value.span(), shape.name());
        return reading.wrong(diagnostics::wrong_shape(reading.source, at, "generate", name, shape.keys()));
    }
    let table = reading.table("`[generate]`", value, KEYS)?;
    let count = table
        .expect(reading, "count", "count = 24")
        .and_then(|value| reading.integer("count", value, 1, MAX_CASES as u64));
    let oracle = table
        .expect(reading, "oracle", "oracle = \"oracle.wat\"")
        .and_then(|value| read_file_name(reading, folder, "oracle", value, &[]));
    let input = table
        .expect(reading, "input", "input = [{ min = 1, max = 100 }]")
        .and_then(|value| read_input(reading, value));
    let senses = match table.get("senses") {
        Some(value) => read_channels(reading, value, read_numbers),
        None => Some(BTreeMap::new()),
    };
    let tolerance = read_tolerance(reading, &table);
    Some(Generate {
        oracle: oracle?,
        input: input?,
        senses: senses?,
        tolerance: tolerance?,
        sides: vec![Side::Selection; count? as usize],
    })
}

fn read_input(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Vec<Numbers>> {
    let list =
        reading.list("input", value, "a list of ranges, such as `[{ min = 1, max = 100 }]`", MAX_NUMBERS)?;
    let parts: Vec<Option<Numbers>> = list.iter().map(|part| read_numbers(reading, part)).collect();
    let parts: Vec<Numbers> = parts.into_iter().collect::<Option<_>>()?;
    let longest: u64 = parts.iter().map(|part| u64::from(part.repeat.1)).sum();
    if longest > MAX_NUMBERS as u64 {
        let at = value.span();
        return reading.wrong(diagnostics::too_long(
            reading.source,
            at,
            "input",
            "numbers",
            longest,
            MAX_NUMBERS,
        ));
    }
    Some(parts)
}

fn read_numbers(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Numbers> {
    let table = reading.table("a range", value, NUMBERS_KEYS)?;
    let mut edge = |key, example| {
        table.expect(reading, key, example).and_then(|value| reading.integer(key, value, i64::MIN, i64::MAX))
    };
    let (min, max) = (edge("min", "min = 1"), edge("max", "max = 100"));
    let repeat = match table.get("repeat") {
        Some(value) => read_repeat(reading, value),
        None => Some((1, 1)),
    };
    let (min, max) = (min?, max?);
    if min > max {
        return reading.wrong(diagnostics::empty_range(reading.source, value.span(), "min", min, max));
    }
    Some(Numbers { min, max, repeat: repeat? })
}

/// `8`, or `[0, 8]`.
fn read_repeat(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<(u32, u32)> {
    let most = MAX_NUMBERS as u32;
    let Some(pair) = value.get_ref().as_array() else {
        return reading.integer("repeat", value, 0, most).map(|count| (count, count));
    };
    let (Some(low), Some(high), 2) = (pair.first(), pair.get(1), pair.len()) else {
        let expected = "a count, or `[least, most]`";
        return reading.wrong(diagnostics::wrong_type(
            reading.source,
            value.span(),
            "repeat",
            expected,
            "a longer or shorter list",
        ));
    };
    let (low, high) = (reading.integer("repeat", low, 0, most), reading.integer("repeat", high, 0, most));
    let (low, high) = (low?, high?);
    if low > high {
        return reading.wrong(diagnostics::empty_range(reading.source, value.span(), "repeat", low, high));
    }
    Some((low, high))
}
