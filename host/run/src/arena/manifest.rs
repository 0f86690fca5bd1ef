//! Reads `arena.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use toml::de::DeTable;

use flux_broker::questions::{Question, QuestionSet};
use flux_evolve::standing::Gate;
use flux_genome::{Capability, CapabilitySet, World};

use crate::diagnostics::{self, ArenaMistake, Source};
use crate::limits::{MAX_AGENTS, MAX_CASES, MAX_CYCLES, MAX_MEMORY_KIB, MAX_RIVALS, MAX_TEXT_BYTES};
use crate::nearest::nearest;

use super::case::{self, Shape};
use super::folder::{GenomeFile, read_file_name, read_toml_file};
use super::generate::{self, Generate};
use super::offer;
use super::split::split;
use super::table::{Reading, Table, Value};
use super::{Arena, Budget, Case, Player};

const KEYS: &[&str] = &[
    "name",
    "title",
    "world",
    "rivals",
    "capabilities",
    "questions",
    "models",
    "held_out",
    "gate",
    "seed",
    "agents",
    "budget",
    "case",
    "generate",
];

const BUDGET_KEYS: &[&str] = &["cycles", "memory_kib"];

const DEFAULT_HELD_OUT: f64 = 0.25;
const DEFAULT_SEED: u64 = 1;
const DEFAULT_MEMORY_KIB: u64 = 1024;

/// The name by which `agents` calls the genome being scored.
const VARIANT: &str = "variant";

/// Reads an arena, or tells everything found wrong with it.
pub(super) fn read(source: &Source, folder: &Path) -> Result<Arena, Vec<ArenaMistake>> {
    let mut reading = Reading::new(source);
    let (document, errors) = DeTable::parse_recoverable(source.text());
    // A file that is no TOML is not looked at further: what follows a syntax error is guesswork.
    for error in &errors {
        let at = error.span().unwrap_or(0..0);
        let _: Option<()> = reading.wrong(diagnostics::syntax(source, at, error.message()));
    }
    let arena =
        if errors.is_empty() { read_document(&mut reading, document.get_ref(), folder) } else { None };
    match arena {
        Some(arena) if reading.is_clean() => Ok(arena),
        _ => Err(reading.into_mistakes()),
    }
}

fn read_document(reading: &mut Reading<'_>, fields: &DeTable<'_>, folder: &Path) -> Option<Arena> {
    let table = reading.fields("the arena", fields, 0..0, KEYS);

    let name = table
        .expect(reading, "name", "name = \"gcd\"")
        .and_then(|value| reading.name("name", value))
        .map(str::to_owned);
    let title = read_title(reading, &table);
    let world =
        table.expect(reading, "world", "world = \"program\"").and_then(|value| read_world(reading, value));
    let rivals = read_rivals(reading, &table, folder);
    let models = match table.get("models") {
        Some(value) => offer::read(reading, value, folder).map(Some),
        None => Some(None),
    };
    let capabilities = read_capabilities(reading, &table);
    let budget = table
        .expect(reading, "budget", "[budget]` and `cycles = 100_000")
        .and_then(|value| read_budget(reading, value));
    let gate = match table.get("gate") {
        Some(value) => reading.fraction("gate", value, 0.0, 1.0).and_then(Gate::new),
        None => Some(Gate::ALL_CASES),
    };
    let held_out = match table.get("held_out") {
        Some(value) => reading.fraction("held_out", value, 0.0, 1.0),
        None => Some(DEFAULT_HELD_OUT),
    };
    let seed = match table.get("seed") {
        Some(value) => reading.integer("seed", value, 0, u64::MAX),
        None => Some(DEFAULT_SEED),
    };
    let players = match table.get("agents") {
        Some(value) => read_players(reading, value, folder),
        None => Some(vec![Player::Variant]),
    };

    // Cases can only be judged once it is known what they have to look like.
    let (world, players) = (world?, players?);
    let shape = Shape::of(world, players.len());
    if shape == Shape::Ecosystem && players.len() > 1 {
        let at = table.get("agents").map_or(0..0, Value::span);
        let what = "an arena of world `ecosystem`";
        return reading.wrong(diagnostics::wrong_shape(reading.source, at, "agents", what, shape.keys()));
    }
    let generate = match table.get("generate") {
        Some(value) => generate::read(reading, value, shape, folder).map(Some),
        None => Some(None),
    };
    let questions = match table.get("questions") {
        Some(value) if shape == Shape::Ecosystem => read_questions(reading, value, folder),
        Some(value) => {
            let what = shape.name();
            let keys = shape.keys();
            reading.wrong(diagnostics::wrong_shape(reading.source, value.span(), "questions", what, keys))
        }
        None => Some(Vec::new()),
    };
    let drawn = generate.iter().flatten().next();
    let cases = case::read_all(reading, table.get("case"), shape, drawn, questions?);
    let (cases, generate) = decide_sides(reading, &table, cases?, generate?, seed?, held_out?)?;

    Some(Arena {
        title: title?.or_else(|| name.clone())?,
        name: name?,
        folder: folder.to_owned(),
        world,
        rivals: rivals?,
        capabilities: capabilities?,
        models: models?,
        budget: budget?,
        gate: gate?,
        held_out: held_out?,
        seed: seed?,
        players,
        cases,
        generate,
    })
}

/// None when the title is wrong, none within when there is none.
fn read_title(reading: &mut Reading<'_>, table: &Table<'_, '_>) -> Option<Option<String>> {
    let Some(value) = table.get("title") else { return Some(None) };
    let title = reading.text("title", value)?;
    if title.len() > MAX_TEXT_BYTES {
        let (at, actual) = (value.span(), title.len());
        return reading.wrong(diagnostics::too_long(
            reading.source,
            at,
            "title",
            "bytes",
            actual,
            MAX_TEXT_BYTES,
        ));
    }
    Some(Some(title.to_owned()))
}

fn read_world(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<World> {
    let text = reading.text("world", value)?;
    match text.parse() {
        Ok(world) => Some(world),
        Err(_) => {
            let near = nearest(text, World::ALL.map(World::name));
            reading.wrong(diagnostics::unknown_world(reading.source, value.span(), text, near))
        }
    }
}

fn read_rivals(reading: &mut Reading<'_>, table: &Table<'_, '_>, folder: &Path) -> Option<Vec<GenomeFile>> {
    let Some(value) = table.get("rivals") else { return Some(Vec::new()) };
    let list =
        reading.list("rivals", value, "a list of file names, such as `[\"euclid.wat\"]`", MAX_RIVALS)?;
    let mut seen = BTreeSet::new();
    let mut rivals = Vec::new();
    for entry in list {
        let Some(file) = read_file_name(reading, folder, "rivals", entry, &[]) else { continue };
        if seen.insert(file.name.clone()) {
            rivals.push(file);
        } else {
            let first =
                list.iter().find(|other| other.get_ref().as_str() == Some(&file.name)).map(Value::span);
            let mistake = diagnostics::duplicate(reading.source, entry.span(), first, "rival", &file.name);
            let _: Option<()> = reading.wrong(mistake);
        }
    }
    Some(rivals)
}

fn read_capabilities(reading: &mut Reading<'_>, table: &Table<'_, '_>) -> Option<CapabilitySet> {
    let Some(value) = table.get("capabilities") else { return Some(CapabilitySet::EMPTY) };
    let expected = "a list of capabilities, such as `[\"senses\"]`";
    let list = reading.list("capabilities", value, expected, Capability::ALL.len())?;
    let offered = match table.get("models") {
        Some(_) => [Capability::Model, Capability::Judge].into_iter().collect(),
        None => CapabilitySet::EMPTY,
    };
    let grantable = flux_sandbox::offered().union(offered);
    Some(list.iter().filter_map(|entry| read_capability(reading, entry, grantable)).collect())
}

fn read_capability(
    reading: &mut Reading<'_>,
    value: &Value<'_>,
    grantable: CapabilitySet,
) -> Option<Capability> {
    let text = reading.text("capabilities", value)?;
    let (source, at) = (reading.source, value.span());
    let names: Vec<&str> = grantable.iter().map(Capability::name).collect();
    match text.parse() {
        Ok(capability) if grantable.contains(capability) => Some(capability),
        Ok(capability @ (Capability::Model | Capability::Judge)) => {
            reading.wrong(diagnostics::no_models(source, at, capability))
        }
        Ok(capability) => reading.wrong(diagnostics::ungrantable(source, at, capability, &names)),
        Err(_) => reading.wrong(diagnostics::unknown_capability(
            source,
            at,
            text,
            nearest(text, names.iter().copied()),
        )),
    }
}

/// The questions of a file beside the arena.
fn read_questions(reading: &mut Reading<'_>, value: &Value<'_>, folder: &Path) -> Option<Vec<Question>> {
    let name = reading.text("questions", value)?;
    let text = read_toml_file(reading, folder, "questions", value.span(), name)?;
    match QuestionSet::parse(&text) {
        Ok(set) => Some(set.questions),
        Err(error) => {
            let mistake =
                diagnostics::wrong_file(reading.source, value.span(), "questions", name, &error, None);
            reading.wrong(mistake)
        }
    }
}

fn read_budget(reading: &mut Reading<'_>, value: &Value<'_>) -> Option<Budget> {
    let table = reading.table("`[budget]`", value, BUDGET_KEYS)?;
    let cycles = table
        .expect(reading, "cycles", "cycles = 100_000")
        .and_then(|value| reading.integer("cycles", value, 1, MAX_CYCLES));
    let memory_kib = match table.get("memory_kib") {
        Some(value) => reading.integer("memory_kib", value, 1, MAX_MEMORY_KIB),
        None => Some(DEFAULT_MEMORY_KIB),
    };
    Some(Budget { cycles: cycles?, memory_kib: memory_kib? })
}

fn read_players(reading: &mut Reading<'_>, value: &Value<'_>, folder: &Path) -> Option<Vec<Player>> {
    let list =
        reading.list("agents", value, "a list, such as `[\"variant\", \"partner.wat\"]`", MAX_AGENTS)?;
    let players: Vec<Option<Player>> = list
        .iter()
        .map(|entry| match entry.get_ref().as_str() {
            Some(VARIANT) => Some(Player::Variant),
            _ => read_file_name(reading, folder, "agents", entry, &[VARIANT]).map(Player::Partner),
        })
        .collect();
    let players: Vec<Player> = players.into_iter().collect::<Option<_>>()?;
    if !players.contains(&Player::Variant) {
        return reading.wrong(diagnostics::no_variant(reading.source, value.span()));
    }
    Some(players)
}

/// Counts the cases and decides which of them are held out.
fn decide_sides(
    reading: &mut Reading<'_>,
    table: &Table<'_, '_>,
    drafts: Vec<case::Written>,
    generate: Option<Generate>,
    seed: u64,
    held_out: f64,
) -> Option<(Vec<Case>, Option<Generate>)> {
    let n_generated = generate.as_ref().map_or(0, Generate::count);
    let n_cases = drafts.len() + n_generated;
    let (source, at) = (reading.source, table.at.clone());
    if n_cases == 0 {
        return reading.wrong(diagnostics::no_cases(source, at));
    }
    if n_cases > MAX_CASES {
        return reading.wrong(diagnostics::too_many_cases(source, at, n_cases, MAX_CASES));
    }
    let wishes: Vec<_> = drafts.iter().map(|draft| draft.side).collect();
    let sides = split(seed, held_out, &wishes, n_generated);
    if sides.iter().all(|side| *side == flux_evolve::trial::Side::HeldOut) {
        let at = table.get("held_out").map_or(at, Value::span);
        return reading.wrong(diagnostics::all_held_out(source, at));
    }
    let (written, generated) = sides.split_at(drafts.len());
    let cases = drafts.into_iter().zip(written).map(|(draft, side)| draft.on(*side)).collect();
    let generate = generate.map(|generate| generate.on(generated.to_vec()));
    Some((cases, generate))
}
