//! Cases: what a program is given, and what has to come of it.

use std::collections::BTreeMap;

use flux_vm::capability::Passing;

/// The budget of a case that names none, in cycles.
pub const BUDGET: u64 = 1_000_000;

/// How far a double may be from what is expected, relative to that.
const TOLERANCE: f64 = 1e-9;

/// A case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub name: String,
    pub given: Vec<Item>,
    pub expected: Vec<Item>,
}

/// A fact, before a run or after it.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    R(u8, i64),
    F(u8, f64),
    /// Bytes of a region from an address on.
    Memory {
        region: String,
        address: u32,
        bytes: Vec<u8>,
    },
    /// What a channel reads, or what was put out on it, in order.
    Sense(u32, Vec<i64>),
    Act(u32, Vec<i64>),
    /// A capability, and whether it may be passed on.
    Capability(u32, Passing),
    Cycles(u64),
    Budget(u64),
    Error(String),
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The class of the error, `OutOfCycles`, or nothing if the program halted.
    pub ending: Option<String>,
    pub cycles: u64,
    /// As many of them as the engine shows.
    pub r: Vec<i64>,
    pub f: Vec<f64>,
    /// Regions by name.
    pub memory: BTreeMap<String, Vec<u8>>,
    /// What was put out, by channel.
    pub acts: BTreeMap<u32, Vec<i64>>,
}

impl Case {
    /// Returns how many cycles the program may take.
    pub fn budget(&self) -> u64 {
        let budget = self.given.iter().find_map(|item| match item {
            Item::Budget(budget) => Some(*budget),
            _ => None,
        });
        budget.unwrap_or(BUDGET)
    }

    /// Says whether the program has no channels.
    pub fn is_alone(&self) -> bool {
        let items = self.given.iter().chain(&self.expected);
        !items.into_iter().any(|item| matches!(item, Item::Sense(..) | Item::Act(..)))
    }
}

/// Reads the cases in the comments at the head of a program.
pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let head = text.lines().map(str::trim).map_while(|line| line.strip_prefix(';'));
    for line in head {
        let (word, rest) = line.trim().split_once(' ').unwrap_or_default();
        match (word, cases.last_mut()) {
            ("case", _) => cases.push(Case { name: rest.trim().replace(' ', "_"), ..Case::default() }),
            ("given", Some(case)) => case.given.extend(items(rest)?),
            ("expect", Some(case)) => case.expected.extend(items(rest)?),
            ("given" | "expect", None) => return Err(format!("there is no case before `{}`", line.trim())),
            _ => {}
        }
    }
    match cases.iter().find(|case| case.expected.is_empty()) {
        Some(case) => Err(format!("the case `{}` expects nothing", case.name)),
        None => Ok(cases),
    }
}

/// Reads items with commas between them.
pub fn items(text: &str) -> Result<Vec<Item>, String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '"';
        match parts.last_mut() {
            Some(part) if quoted || letter != ',' => part.push(letter),
            _ => parts.push(String::new()),
        }
    }
    parts.iter().map(|part| item(part).ok_or_else(|| format!("`{}` is no item", part.trim()))).collect()
}

fn item(text: &str) -> Option<Item> {
    let (what, value) = text.split_once('=')?;
    let (words, value) = (what.split_whitespace().collect::<Vec<_>>(), value.trim());
    let numbers = || value.split_whitespace().map(number).collect::<Option<Vec<i64>>>();
    match words[..] {
        ["cycles"] => value.parse().ok().map(Item::Cycles),
        ["budget"] => value.parse().ok().map(Item::Budget),
        ["error"] => Some(Item::Error(value.to_owned())),
        ["sense", channel] => Some(Item::Sense(channel.parse().ok()?, numbers()?)),
        ["act", channel] => Some(Item::Act(channel.parse().ok()?, numbers()?)),
        ["capability", id] => {
            let passing = match value {
                "kept" => Passing::Kept,
                "delegable" => Passing::Delegable,
                _ => return None,
            };
            Some(Item::Capability(id.parse().ok()?, passing))
        }
        [kind @ ("words" | "bytes"), ref place @ ..] => {
            let (region, address) = match *place {
                [address] => ("stack", address),
                [region, address] => (region, address),
                _ => return None,
            };
            let mut bytes = Vec::new();
            for number in numbers()? {
                if kind == "words" {
                    bytes.extend(i32::try_from(number).ok()?.to_le_bytes());
                } else {
                    bytes.push(u8::try_from(number).ok()?);
                }
            }
            let address = u32::try_from(number(address)?).ok()?;
            Some(Item::Memory { region: region.to_owned(), address, bytes })
        }
        [register] => match register.split_at_checked(1)? {
            ("R", digits) => Some(Item::R(below(digits, 16)?, number(value)?)),
            ("F", digits) => Some(Item::F(below(digits, 32)?, value.parse().ok()?)),
            _ => None,
        },
        _ => None,
    }
}

fn below(digits: &str, bound: u8) -> Option<u8> {
    digits.parse().ok().filter(|number| *number < bound)
}

/// A number: decimal, hexadecimal without sign, or a text of up to eight bytes, the first of them lowest.
fn number(text: &str) -> Option<i64> {
    if let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let mut bytes = [0; 8];
        bytes.get_mut(..inside.len())?.copy_from_slice(inside.as_bytes());
        return Some(i64::from_le_bytes(bytes));
    }
    match text.strip_prefix("0x") {
        // The bits are meant.
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(|bits| bits as i64),
        None => text.parse().ok(),
    }
}

/// Compares what a case expects with what was observed. A case that expects no error expects that the program halts.
pub fn compare(case: &Case, observed: &Observed) -> Result<(), String> {
    let error = case.expected.iter().find_map(|item| match item {
        Item::Error(class) => Some(class.as_str()),
        _ => None,
    });
    same("ending", observed.ending.as_deref().unwrap_or("halted"), error.unwrap_or("halted"))?;
    for item in &case.expected {
        match item {
            Item::R(number, expected) => {
                let found = observed.r.get(usize::from(*number));
                // An engine may show fewer registers than there are.
                found.map_or(Ok(()), |found| same(&format!("R{number}"), found, expected))?;
            }
            Item::F(number, expected) => {
                let found = observed.f.get(usize::from(*number)).copied().unwrap_or(*expected);
                if (found - expected).abs() > TOLERANCE * expected.abs() || found.is_nan() {
                    return Err(format!("F{number}: expected {expected}, found {found}"));
                }
            }
            Item::Memory { region, address, bytes } => {
                let begin = *address as usize;
                let found = observed.memory.get(region).and_then(|all| all.get(begin..begin + bytes.len()));
                let what = format!("{region} at {address}");
                if !observed.memory.is_empty() {
                    same(&what, found.unwrap_or_default(), bytes.as_slice())?;
                }
            }
            Item::Act(channel, expected) => {
                let found = observed.acts.get(channel).map(Vec::as_slice).unwrap_or_default();
                same(&format!("acts on channel {channel}"), found, expected.as_slice())?;
            }
            Item::Cycles(expected) => same("cycles", &observed.cycles, expected)?,
            Item::Error(_) => {}
            Item::Sense(..) | Item::Capability(..) | Item::Budget(_) => {
                return Err("only what is given can be this".to_owned());
            }
        }
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}
