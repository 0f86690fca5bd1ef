//! The cases of `cases.txt`.

use super::verified;
use crate::host::Alone;
use crate::machine::{Machine, Stop};

/// One line.
pub(super) struct Case {
    pub(super) name: String,
    before: Vec<(String, String)>,
    pub(super) code: Vec<u8>,
    after: Vec<(String, String)>,
}

const BUDGET: u64 = 1000;

pub(super) fn all() -> Vec<Case> {
    let lines =
        include_str!("../cases.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(read).collect()
}

fn read(line: &str) -> Case {
    let fields: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, before, code, after] = fields[..] else { panic!("four fields: {line}") };
    let words = |field: &str| {
        let pair = |word: &str| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            (key.to_owned(), value.to_owned())
        };
        field.split_whitespace().map(pair).collect()
    };
    let code =
        code.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("a byte in hex")).collect();
    Case { name: name.to_owned(), before: words(before), code, after: words(after) }
}

fn number(key: &str) -> u32 {
    key[1..].parse().expect("a number after the letter")
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn lanes(text: &str) -> [u8; 16] {
    let lanes: Vec<u8> = text.split(',').map(|lane| lane.parse().expect("a byte")).collect();
    if let [all] = lanes[..] { [all; 16] } else { lanes.try_into().expect("sixteen lanes") }
}

fn set(machine: &mut Machine<'_>, case: &Case) {
    for (key, value) in &case.before {
        let at = number(key);
        match &key[..1] {
            "R" => machine.set_r(at as u8, value.parse().expect("a number")),
            "F" => machine.set_f(at as u8, value.parse().expect("a number")),
            "V" => machine.set_v(at as u8, lanes(value)),
            _ => assert!(machine.write_memory("stack", at, &hex(value))),
        }
    }
}

fn check(case: &Case, machine: &Machine<'_>, stop: &Stop) {
    let name = &case.name;
    let expects = |key: &str| case.after.iter().any(|(found, _)| found == key);
    if !expects("error") && !expects("endless") {
        assert_eq!(*stop, Stop::Halted, "{name}");
    }
    for (key, value) in &case.after {
        match key.as_str() {
            "halts" => {}
            "endless" => assert_eq!(*stop, Stop::OutOfCycles, "{name}"),
            "cycles" => assert_eq!(machine.cycles().to_string(), *value, "{name}"),
            "error" => {
                let Stop::Failed(error) = stop else { panic!("{name}: expected an error, found {stop:?}") };
                assert_eq!(format!("{}@{}", error.class(), error.pc), *value, "{name}: {error}");
            }
            "flags" => {
                let flags = machine.flags();
                let letters = [(flags.z, 'Z'), (flags.s, 'S'), (flags.c, 'C'), (flags.v, 'V')];
                let found: String =
                    letters.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect();
                assert_eq!(found, *value, "{name}");
            }
            _ => {
                let at = number(key);
                match &key[..1] {
                    "R" => assert_eq!(machine.r(at as u8).to_string(), *value, "{name}: {key}"),
                    "F" => {
                        let expected: f64 = value.parse().expect("a number");
                        let found = machine.f(at as u8);
                        // Literals are short; what comes of exponentials is not.
                        let near = (found - expected).abs() <= 1e-12 * expected.abs();
                        let same = found.is_nan() && expected.is_nan();
                        assert!(near || same, "{name}: {key} is {found}, expected {value}");
                        assert_eq!(found.is_sign_negative(), expected.is_sign_negative(), "{name}: {key}");
                    }
                    "V" => assert_eq!(machine.v(at as u8), lanes(value), "{name}: {key}"),
                    _ => {
                        let expected = hex(value);
                        let found = machine.read_memory("stack", at, expected.len() as u32);
                        assert_eq!(found, Some(expected), "{name}: {key}");
                    }
                }
            }
        }
    }
}

#[test]
fn cases_hold_at_full_speed_and_step_by_step() {
    for case in all() {
        let program = verified(&case.code);
        let mut machine = Machine::new(&program);
        set(&mut machine, &case);
        let stop = machine.run(BUDGET, &mut Alone);
        check(&case, &machine, &stop);

        let mut stepped = Machine::new(&program);
        set(&mut stepped, &case);
        let found = loop {
            if stepped.cycles() == BUDGET {
                break Stop::OutOfCycles;
            }
            if let Some(stop) = stepped.step(&mut Alone) {
                break stop;
            }
        };
        assert_eq!(found, stop, "{}", case.name);
        assert_eq!(stepped.observe(), machine.observe(), "{}", case.name);
        assert_eq!(stepped.registers().flags, machine.registers().flags, "{}", case.name);
    }
}

#[test]
fn smaller_budgets_end_where_they_say() {
    for case in all() {
        let program = verified(&case.code);
        let mut whole = Machine::new(&program);
        set(&mut whole, &case);
        whole.run(BUDGET, &mut Alone);
        let mut stepped = Machine::new(&program);
        set(&mut stepped, &case);
        for budget in 0..whole.cycles().min(40) {
            let mut machine = Machine::new(&program);
            set(&mut machine, &case);
            assert_eq!(machine.run(budget, &mut Alone), Stop::OutOfCycles, "{} of {budget}", case.name);
            assert_eq!(machine.observe(), stepped.observe(), "{} of {budget}", case.name);
            stepped.step(&mut Alone);
            // What is left goes on from there.
            machine.run(BUDGET - budget, &mut Alone);
            assert_eq!(machine.observe(), whole.observe(), "{} from {budget}", case.name);
        }
    }
}
