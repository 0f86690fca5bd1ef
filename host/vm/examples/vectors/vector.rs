//! A vector: code, what is put into registers before it runs, and what has to be found after it.

use std::fmt::Write as _;

use super::ops::{Op, op};

/// When a comparison of integers holds.
pub type Holds = fn(i64, i64) -> bool;

/// When a comparison of doubles holds.
pub type HoldsOfDoubles = fn(f64, f64) -> bool;

/// What is made of two doubles.
pub type OfDoubles = fn(f64, f64) -> f64;

/// `HALT`.
pub const HALT: u8 = 0x80;

/// A vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Its name, unlike all others.
    pub name: String,
    /// The opcode that it is about.
    pub op: Op,
    description: String,
    bytecode: Vec<u8>,
    initial_gp: Vec<(u8, i64)>,
    initial_fp: Vec<(u8, f64)>,
    halted: bool,
    gp: Vec<(u8, i64)>,
    fp: Vec<(u8, f64)>,
    flags: Vec<(&'static str, bool)>,
    error: Option<&'static str>,
}

/// Returns `MOVI` of a number into a register.
pub fn movi(register: u8, value: i16) -> Vec<u8> {
    let [low, high] = value.to_le_bytes();
    vec![0x2b, register, low, high]
}

/// Returns an instruction with a jump distance.
pub fn jump(mnemonic: &str, register: u8, distance: i16) -> Vec<u8> {
    let [low, high] = distance.to_le_bytes();
    vec![op(mnemonic).0, register, low, high]
}

/// Returns an instruction with a payload.
pub fn payload(mnemonic: &str, bytes: &[u8]) -> Vec<u8> {
    // INVARIANT: payloads here are short.
    let [low, high] = (bytes.len() as u16).to_le_bytes();
    [&[op(mnemonic).0, low, high], bytes].concat()
}

/// Returns an instruction of the opcode and bytes of operands.
pub fn ins(mnemonic: &str, operands: &[u8]) -> Vec<u8> {
    [&[op(mnemonic).0], operands].concat()
}

impl Vector {
    /// Makes a vector about an opcode. `case` tells it from others about the same one. The code halts after `code`
    /// unless something is said to the contrary.
    pub fn new(mnemonic: &str, case: &str, description: impl Into<String>, code: &[Vec<u8>]) -> Self {
        let mut bytecode = code.concat();
        bytecode.push(HALT);
        Self::raw(mnemonic, case, description, bytecode)
    }

    /// Makes a vector of exactly this code.
    pub fn raw(mnemonic: &str, case: &str, description: impl Into<String>, bytecode: Vec<u8>) -> Self {
        Self {
            name: format!("{}_{case}", mnemonic.to_lowercase()),
            op: op(mnemonic),
            description: description.into(),
            bytecode,
            initial_gp: Vec::new(),
            initial_fp: Vec::new(),
            halted: true,
            gp: Vec::new(),
            fp: Vec::new(),
            flags: Vec::new(),
            error: None,
        }
    }

    /// Puts a number into an R register before the run.
    pub fn r(mut self, register: u8, value: i64) -> Self {
        self.initial_gp.push((register, value));
        self
    }

    /// Puts a number into an F register before the run.
    pub fn f(mut self, register: u8, value: f64) -> Self {
        self.initial_fp.push((register, value));
        self
    }

    /// Expects a number in an R register.
    pub fn then_r(mut self, register: u8, value: i64) -> Self {
        self.gp.push((register, value));
        self
    }

    /// Expects a number in an F register.
    pub fn then_f(mut self, register: u8, value: f64) -> Self {
        self.fp.push((register, value));
        self
    }

    /// Expects the flags that follow from a result.
    pub fn then_alu(self, result: i64) -> Self {
        self.then_flags(result == 0, result < 0, result < 0, false)
    }

    /// Expects flags.
    pub fn then_flags(mut self, zero: bool, sign: bool, carry: bool, overflow: bool) -> Self {
        self.flags = vec![
            ("flag_zero", zero),
            ("flag_sign", sign),
            ("flag_carry", carry),
            ("flag_overflow", overflow),
        ];
        self
    }

    /// Expects an error of this class.
    pub fn fails(mut self, class: &'static str) -> Self {
        self.error = Some(class);
        self.halted = false;
        self
    }

    /// Expects that the budget is used up without an error.
    pub fn never_halts(mut self) -> Self {
        self.halted = false;
        self
    }

    /// Returns the vector as a JSON object on one line.
    pub fn to_json(&self) -> String {
        let (byte, mnemonic, category) = self.op;
        let mut json = String::new();
        let bytes: Vec<String> = self.bytecode.iter().map(u8::to_string).collect();
        // INVARIANT: writing to a string does not fail.
        let _ = write!(
            json,
            r#"{{"name":{},"description":{},"category":"{category}","opcode":"{mnemonic}","opcode_hex":"0x{byte:02X}","bytecode":[{}]"#,
            text(&self.name),
            text(&self.description),
            bytes.join(","),
        );
        map(&mut json, "initial_gp", &self.initial_gp, |(register, value)| {
            format!("\"R{register}\":{value}")
        });
        map(&mut json, "initial_fp", &self.initial_fp, |(register, value)| {
            format!("\"F{register}\":{value:?}")
        });
        let _ = write!(json, r#","expected_halted":{}"#, self.halted);
        map(&mut json, "expected_gp", &self.gp, |(register, value)| format!("\"R{register}\":{value}"));
        map(&mut json, "expected_fp", &self.fp, |(register, value)| format!("\"F{register}\":{value:?}"));
        map(&mut json, "expected_flags", &self.flags, |(name, value)| format!("\"{name}\":{value}"));
        if let Some(class) = self.error {
            let _ = write!(json, r#","expected_error":"{class}""#);
        }
        let _ = write!(json, r#","tags":["generated","{category}"]}}"#);
        json
    }
}

fn map<T>(json: &mut String, name: &str, entries: &[T], entry: impl Fn(&T) -> String) {
    if !entries.is_empty() {
        let entries: Vec<String> = entries.iter().map(entry).collect();
        let _ = write!(json, r#","{name}":{{{}}}"#, entries.join(","));
    }
}

/// A JSON string; what is written here is ASCII without control characters.
fn text(plain: &str) -> String {
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}
