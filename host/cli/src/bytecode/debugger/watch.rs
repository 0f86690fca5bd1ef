//! Watchpoints: registers, flags and bytes of memory that are compared after each instruction.

use std::fmt;

use flux_vm::Machine;
use flux_vm::isa::{N_F, N_V};
use flux_vm::machine::Flags;

use crate::bytecode::{expression, state};

/// The most bytes of memory that one watchpoint compares.
const MOST_BYTES: i64 = 4096;

/// Something of a machine that can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An R register.
    R(u8),
    /// An F register.
    F(u8),
    /// A V register.
    V(u8),
    /// The flags.
    Flags,
    /// Bytes of a region.
    Memory {
        /// Its name.
        region: String,
        /// The first address.
        address: u32,
        /// How many bytes.
        len: u32,
    },
}

/// What a place holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(i64),
    /// The bits of a double.
    Double(u64),
    Vector([u8; 16]),
    Flags(Flags),
    Bytes(Vec<u8>),
}

/// A place that is watched, and what it held when it was last looked at; nothing where its region is gone.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(super) place: Place,
    pub(super) value: Option<Value>,
}

impl Place {
    /// Reads `R3`, `F1`, `V2`, `flags`, `mem:ADDRESS:LENGTH` or `mem:REGION:ADDRESS:LENGTH`; a number alone is an R
    /// register. `number` computes an expression.
    ///
    /// # Errors
    /// It is none of them.
    pub(crate) fn parse(word: &str, number: &dyn Fn(&str) -> Result<i64, String>) -> Result<Self, String> {
        let upper = word.to_ascii_uppercase();
        if let Some(register) =
            expression::register(&upper).or_else(|| expression::register(&format!("R{upper}")))
        {
            return Ok(Self::R(register));
        }
        if let Some(register) = expression::numbered(&upper, 'F', N_F) {
            return Ok(Self::F(register));
        }
        if let Some(register) = expression::numbered(&upper, 'V', N_V) {
            return Ok(Self::V(register));
        }
        if upper == "FLAGS" {
            return Ok(Self::Flags);
        }
        let parts: Vec<&str> = word.split(':').collect();
        let (region, address, len) = match parts.as_slice() {
            ["mem", address] => ("stack", *address, "4"),
            ["mem", address, len] if number(address).is_ok() => ("stack", *address, *len),
            ["mem", region, address] => (*region, *address, "4"),
            ["mem", region, address, len] => (*region, *address, *len),
            _ => return Err(format!("expected a register, `flags` or `mem:ADDRESS:LENGTH`, found `{word}`")),
        };
        let (address, len) = (number(address)?, number(len)?);
        if !(1..=MOST_BYTES).contains(&len) {
            return Err(format!("expected a length from 1 to {MOST_BYTES}, found {len}"));
        }
        let address = u32::try_from(address).map_err(|_| format!("expected an address, found {address}"))?;
        // INVARIANT: the length was checked above.
        Ok(Self::Memory { region: region.to_owned(), address, len: len as u32 })
    }

    /// What it holds; nothing where the region does not have these bytes.
    pub(super) fn read(&self, machine: &Machine<'_>) -> Option<Value> {
        Some(match self {
            Self::R(number) => Value::Integer(machine.r(*number)),
            Self::F(number) => Value::Double(machine.f(*number).to_bits()),
            Self::V(number) => Value::Vector(machine.v(*number)),
            Self::Flags => Value::Flags(machine.flags()),
            Self::Memory { region, address, len } => {
                Value::Bytes(machine.read_memory(region, *address, *len)?)
            }
        })
    }

    /// Writes bytes of memory; false where the region does not have them.
    pub(super) fn write(&self, machine: &mut Machine<'_>, bytes: &[u8]) -> bool {
        match self {
            Self::Memory { region, address, .. } => machine.write_memory(region, *address, bytes),
            Self::R(_) | Self::F(_) | Self::V(_) | Self::Flags => false,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::R(number) => write!(f, "R{number}"),
            Self::F(number) => write!(f, "F{number}"),
            Self::V(number) => write!(f, "V{number}"),
            Self::Flags => f.write_str("flags"),
            Self::Memory { region, address, len } => write!(f, "mem:{region}:0x{address:04X}:{len}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Double(bits) => write!(f, "{}", f64::from_bits(*bits)),
            Self::Vector(lanes) => f.write_str(&state::vector(*lanes)),
            Self::Flags(flags) => f.write_str(&state::flags(*flags)),
            Self::Bytes(bytes) => {
                let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                f.write_str(&pairs.join(" "))?;
                // Four bytes are a cell.
                match <[u8; 4]>::try_from(bytes.as_slice()) {
                    Ok(cell) => write!(f, " ({})", i32::from_le_bytes(cell)),
                    Err(_) => Ok(()),
                }
            }
        }
    }
}

impl Watch {
    /// What changed since it was last looked at, as `R3: 4 -> 5`; nothing if nothing did.
    pub(super) fn change(&mut self, machine: &Machine<'_>) -> Option<String> {
        let new = self.place.read(machine);
        if new == self.value {
            return None;
        }
        let text = format!("{}: {} -> {}", self.place, shown(&self.value), shown(&new));
        self.value = new;
        Some(text)
    }

    /// The place and what it holds.
    pub(super) fn text(&self) -> String {
        format!("{} = {}", self.place, shown(&self.value))
    }
}

fn shown(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "(gone)".to_owned(), ToString::to_string)
}
