//! Reads the cases of an arena.

use std::collections::BTreeMap;

use flux_broker::questions::Question;
use flux_evolve::trial::{Side, Weight};
use flux_genome::World;

use crate::diagnostics::{self, Span};
use crate::limits::{MAX_AGENTS, MAX_CASES, MAX_CHANNELS, MAX_NUMBERS, MAX_TEXT_BYTES};

use super::generate::Generate;
use super::table::{Reading, Table, Value};
use super::{Case, Seat, Task};

const KEYS: &[&str] = &[
    "name",
    "input",
    "expected",
    "inputs",
    "outputs",
    "prompt",
    "answer",
    "tolerance",
    "weight",
    "held_out",
    "senses",
    "acts",
];

/// What the cases of an arena have to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Numbers for one agent.
    Program,
    /// Numbers for so many agents.
    Agents(usize),
    /// Text for one agent.
    Ecosystem,
}

impl Shape {
    pub(super) fn of(world: World, n_agents: usize) -> Self {
        match (world, n_agents) {
            (World::Ecosystem, _) => Self::Ecosystem,
            (World::Program, 1) => Self::Program,
            (World::Program, n) => Self::Agents(n),
        }
    }

    /// The shape in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Program => "an arena of world `program` with one agent",
            Self::Agents(_) => "an arena of several agents",
            Self::Ecosystem => "an arena of world `ecosystem`",
        }
    }

    /// The keys by which a case of the shape gives input and expectation.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Program => &["input", "expected", "tolerance", "senses", "acts"],
            Self::Agents(_) => &["inputs", "outputs", "tolerance", "senses"],
            Self::Ecosystem => &["prompt", "answer"],
        }
    }

    fn takes(self, key: &str) -> bool {
        self.keys().contains(&key) || ["name", "weight", "held_out"].contains(&key)
    }
}

/// A case as it was written, its side perhaps left open.
pub(super) struct Written {
    name: String,
    weight: Weight,
    senses: BTreeMap<u32, Vec<i64>>,
    task: Task,
    /// The side that the case asks for.
    pub(super) side: Option<Side>,
}

impl Written {
    /// A question as a case.
    fn of(question: Question, at: usize) -> Self {
        Self {
            name: question_name(at),
            weight: Weight::ONE,
            senses: BTreeMap::new(),
            task: Task::Question(question),
            side: None,
        }
    }

    pub(super) fn on(self, side: Side) -> Case {
        Case { name: self.name, weight: self.weight, side, senses: self.senses, task: self.task }
    }
}

/// The name of the question at a position, from 0.
fn question_name(at: usize) -> String {
    format!("question-{}", at + 1)
}

/// Reads all `[[case]]` tables and puts `questions` behind them. None when a case is wrong.
pub(super) fn read_all(
    reading: &mut Reading<'_>,
    value: Option<&Value<'_>>,
    shape: Shape,
    generate: Option<&Generate>,
    questions: Vec<Question>,
) -> Option<Vec<Written>> {
    let n_generated = generate.map_or(0, Generate::count);
    // Neither generated cases nor questions have a place in the file.
    let taken = (0..n_generated).map(Generate::name).chain((0..questions.len()).map(question_name));
    let mut names: BTreeMap<String, Option<Span>> = taken.map(|name| (name, None)).collect();
    let questions = questions.into_iter().enumerate().map(|(at, question)| Written::of(question, at));
    let Some(value) = value else { return Some(questions.collect()) };
    let list = reading.list("case", value, "tables that begin with `[[case]]`", MAX_CASES)?;
    let mut cases = Vec::new();
    for (at, entry) in list.iter().enumerate() {
        let Some((case, place)) = read_one(reading, entry, at, shape) else { continue };
        if let Some(first) = names.get(&case.name) {
            let mistake = diagnostics::duplicate(reading.source, place, first.clone(), "case", &case.name);
            let _: Option<()> = reading.wrong(mistake);
        } else {
            names.insert(case.name.clone(), Some(place));
            cases.push(case);
        }
    }
    let all_read = cases.len() == list.len();
    cases.extend(questions);
    all_read.then_some(cases)
}

fn read_one(
    reading: &mut Reading<'_>,
    value: &Value<'_>,
    at: usize,
    shape: Shape,
) -> Option<(Written, Span)> {
    let table = reading.table("a case", value, KEYS)?;
    let misplaced: Vec<_> =
        table.entries().filter(|(key, ..)| KEYS.contains(key) && !shape.takes(key)).collect();
    for (key, at, _) in &misplaced {
        let mistake = diagnostics::wrong_shape(reading.source, at.clone(), key, shape.name(), shape.keys());
        let _: Option<()> = reading.wrong(mistake);
    }
    let place = table.get("name").map_or(value.span(), Value::span);
    let name = match table.get("name") {
        Some(value) => reading.name("name", value).map(str::to_owned),
        None => Some(format!("case-{}", at + 1)),
    };
    let weight = match table.get("weight") {
        Some(value) => read_weight(reading, value),
        None => Some(Weight::ONE),
    };
    let side = match table.get("held_out") {
        Some(value) => reading
            .boolean("held_out", value)
            .map(|held_out| Some(if held_out { Side::HeldOut } else { Side::Selection })),
        None => Some(None),
    };
    let senses = match table.get("senses") {
        Some(value) => read_channels(reading, value, |reading, value| reading.numbers("senses", value)),
        None => Some(BTreeMap::new()),
    };
    let task = match shape {
        Shape::Program => read_program(reading, &table),
        Shape::Agents(n_agents) => read_agents(reading, &table, n_agents),
        Shape::Ecosystem => read_text_pair(reading, &table),
    };
    if !misplaced.is_empty() {
        return None;
    }
    Some((Written { name: name?, weight: weight?, senses: senses?, task: task?, side: side? }, place))
}

fn read_program(reading: &mut Reading<'_>, table: &Table<'_, '_>) -> Option<Task> {
    let input =
        table.expect(reading, "input", "input = [1, 2]").and_then(|value| reading.numbers("input", value));
    let expected = match table.get("expected") {
        Some(value) => reading.numbers("expected", value).map(Some),
        None => Some(None),
    };
    let tolerance = read_tolerance(reading, table);
    let acts = match table.get("acts") {
        Some(value) => read_acts(reading, value).map(Some),
        None => Some(None),
    };
    if expected == Some(None) && acts == Some(None) {
        return reading.wrong(diagnostics::nothing_expected(reading.source, table.at.clone()));
    }
    Some(Task::Numbers {
        seats: vec![Seat { input: input?, expected: expected? }],
        tolerance: tolerance?,
        acts: acts?,
    })
}

fn read_agents(reading: &mut Reading<'_>, table: &Table<'_, '_>, n_agents: usize) -> Option<Task> {
    let inputs = read_seats(reading, table, "inputs", n_agents);
    let outputs = read_seats(reading, table, "outputs", n_agents);
    let tolerance = read_tolerance(reading, table);
    let seats =
        inputs?.into_iter().zip(outputs?).map(|(input, output)| Seat { input, expected: Some(output) });
    Some(Task::Numbers { seats: seats.collect(), tolerance: tolerance?, acts: None })
}

fn read_seats(
    reading: &mut Reading<'_>,
    table: &Table<'_, '_>,
    key: &'static str,
    n_agents: usize,
) -> Option<Vec<Vec<i64>>> {
    let value = table.expect(reading, key, &format!("{key} = [[1], [2]]"))?;
    let list = reading.list(key, value, "one list of numbers for each agent", MAX_AGENTS)?;
    if list.len() != n_agents {
        return reading.wrong(diagnostics::wrong_seats(
            reading.source,
            value.span(),
            key,
            n_agents,
            list.len(),
        ));
    }
    let lists: Vec<Option<Vec<i64>>> = list.iter().map(|numbers| reading.numbers(key, numbers)).collect();
    lists.into_iter().collect()
}

fn read_text_pair(reading: &mut Reading<'_>, table: &Table<'_, '_>) -> Option<Task> {
    let prompt = read_long_text(reading, table, "prompt", "prompt = \"...\"");
    let answer = read_long_text(reading, table, "answer", "answer = \"...\"");
    Some(Task::Text { prompt: prompt?, answer: answer? })
}

fn read_long_text(
    reading: &mut Reading<'_>,
    table: &Table<'_, '_>,
    key: &'static str,
    example: &str,
) -> Option<String> {
    let value = table.expect(reading, key, example)?;
    let text = reading.text(key, value)?;
    if text.len() > MAX_TEXT_BYTES {
        let (at, actual) = (value.span(), text.len());
        return reading.wrong(diagnostics::too_long(
            reading.source,
            at,
            key,
            "bytes",
            actual,
            MAX_TEXT_BYTES,
        ));
    }
    Some(text.to_owned())
}

/// The largest allowed difference, 0 where none is given.
pub(super) fn read_tolerance(reading: &mut Reading<'_>, table: &Table<'_, '_>) -> Option<u64> {
    match table.get("tolerance") {
        Some(value) => reading.integer("tolerance", value, 0, u64::MAX),
        None => Some(0),
    }
}

/// A weight from 0.001 to 1,000,000 with at most three decimals.
fn read_weight(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Weight> {
    const THOUSANDTHS: f64 = 1000.0;
    let number = reading.fraction("weight", value, 0.001, 1e6)?;
    let thousandths = (number * THOUSANDTHS).round();
    // Decimals are not exact in binary; a millionth is far above that error and far below a thousandth.
    if (thousandths / THOUSANDTHS - number).abs() < 1e-6
        && let Some(weight) = Weight::from_thousandths(thousandths as u32)
    {
        return Some(weight);
    }
    let expected = "a number with at most three decimals";
    reading.wrong(diagnostics::out_of_range(reading.source, value.span(), "weight", expected, number))
}

/// A table by channel: keys are numbers.
pub(super) fn read_channels<T>(
    reading: &mut Reading<'_>,
    value: &Value<'_>,
    mut read: impl FnMut(&mut Reading<'_>, &Value<'_>) -> Option<T>,
) -> Option<BTreeMap<u32, T>> {
    const EXPECTED: &str = "a table by channel, such as `{ 0 = [180, 190] }`";
    let (source, at) = (reading.source, value.span());
    let Some(fields) = value.get_ref().as_table() else {
        return reading.wrong(diagnostics::wrong_type(source, at, "senses", EXPECTED, "something else"));
    };
    if fields.len() > MAX_CHANNELS {
        let actual = fields.len();
        return reading.wrong(diagnostics::too_long(source, at, "senses", "channels", actual, MAX_CHANNELS));
    }
    let mut channels = BTreeMap::new();
    for (key, value) in fields {
        let read = read(reading, value);
        match key.get_ref().parse::<u32>() {
            Ok(channel) => {
                channels.extend(read.map(|readings| (channel, readings)));
            }
            Err(_) => {
                let expected = "a channel's number as the key";
                let mistake = diagnostics::out_of_range(
                    source,
                    key.span(),
                    "senses",
                    expected,
                    format!("`{}`", key.get_ref()),
                );
                let _: Option<()> = reading.wrong(mistake);
            }
        }
    }
    (channels.len() == fields.len()).then_some(channels)
}

fn read_acts(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Vec<(u32, i64)>> {
    const EXPECTED: &str = "a list of acts, each `[channel, value]`";
    let list = reading.list("acts", value, EXPECTED, MAX_NUMBERS)?;
    let acts: Vec<Option<(u32, i64)>> = list
        .iter()
        .map(|act| {
            const PAIR: &str = "an act `[channel, value]`";
            let pair = reading.list("acts", act, PAIR, MAX_NUMBERS)?;
            let (Some(channel), Some(number), 2) = (pair.first(), pair.get(1), pair.len()) else {
                let found = "a longer or shorter list";
                return reading.wrong(diagnostics::wrong_type(
                    reading.source,
                    act.span(),
                    "acts",
                    PAIR,
                    found,
                ));
            };
            let channel = reading.integer("acts", channel, 0, u32::MAX);
            let number = reading.integer("acts", number, i64::MIN, i64::MAX);
            Some((channel?, number?))
        })
        .collect();
    acts.into_iter().collect()
}
