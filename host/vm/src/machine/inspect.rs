//! Looking at a machine, and changing it from outside.

use super::extra::{Boxed, HEAP, STACK, Witness};
use super::{Machine, State, numbers};
use crate::capability::Capabilities;
use crate::isa::{FlagTest, N_F, N_R, N_V};

/// The flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Zero, or equal.
    pub z: bool,
    /// Negative, or less.
    pub s: bool,
    /// The same as `s`.
    pub c: bool,
    /// A difference did not fit.
    pub v: bool,
}

impl Flags {
    /// Returns them as a number: 1 for Z, 2 for S, 4 for C, 8 for V, added up.
    pub const fn bits(self) -> u8 {
        self.z as u8 | (self.s as u8) << 1 | (self.c as u8) << 2 | (self.v as u8) << 3
    }
}

/// All registers and the flags, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Registers {
    /// R registers.
    pub r: [i64; N_R],
    /// F registers.
    pub f: [f64; N_F],
    /// V registers.
    pub v: [[u8; 16]; N_V],
    /// The flags.
    pub flags: Flags,
}

/// A register that differs between two moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// An R register.
    R {
        /// Its number.
        number: u8,
        /// What it held.
        old: i64,
        /// What it holds.
        new: i64,
    },
    /// An F register.
    F {
        /// Its number.
        number: u8,
        /// What it held.
        old: f64,
        /// What it holds.
        new: f64,
    },
    /// A V register.
    V {
        /// Its number.
        number: u8,
        /// What it held.
        old: [u8; 16],
        /// What it holds.
        new: [u8; 16],
    },
    /// The flags.
    Flags {
        /// What they were.
        old: Flags,
        /// What they are.
        new: Flags,
    },
}

impl Registers {
    /// Returns what differs in `later`: R, F and V registers by their numbers, then the flags.
    pub fn changes(&self, later: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (number, (&old, &new)) in (0..).zip(self.r.iter().zip(&later.r)) {
            changes.extend((old != new).then_some(Change::R { number, old, new }));
        }
        for (number, (&old, &new)) in (0..).zip(self.f.iter().zip(&later.f)) {
            changes.extend((old.to_bits() != new.to_bits()).then_some(Change::F { number, old, new }));
        }
        for (number, (&old, &new)) in (0..).zip(self.v.iter().zip(&later.v)) {
            changes.extend((old != new).then_some(Change::V { number, old, new }));
        }
        let (old, new) = (self.flags, later.flags);
        changes.extend((old != new).then_some(Change::Flags { old, new }));
        changes
    }
}

/// A region as it is seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its size, in bytes.
    pub size: u32,
    /// Whose it is.
    pub owner: &'a str,
}

/// All that can be observed of a machine, in numbers, so that engines can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// 0 if the program halted, 1 if it failed, 2 if it did not end.
    pub ending: u8,
    /// The class of the error by [`crate::error::ErrorClass`]; 0 without one.
    pub class: u8,
    /// Where the error happened; 0 without one.
    pub pc: u32,
    /// Executed cycles.
    pub cycles: u64,
    /// R registers.
    pub r: [i64; N_R],
    /// F registers, as bits.
    pub f: [u64; N_F],
    /// [`Flags::bits`].
    pub flags: u8,
    /// [`fnv1a`] of the V registers, one after another.
    pub vectors: u64,
    /// [`fnv1a`] of all regions in the order of their names: the name, a zero byte, the owner, a zero byte, the size as
    /// 4 bytes, and what they hold.
    pub memory: u64,
}

impl Observation {
    /// Returns the numbers in the order of the fields.
    pub fn to_words(&self) -> Vec<i64> {
        let mut words = vec![self.ending.into(), self.class.into(), self.pc.into(), self.cycles as i64];
        words.extend(self.r);
        // Bits are meant.
        words.extend(self.f.map(|bits| bits as i64));
        words.extend([self.flags.into(), self.vectors as i64, self.memory as i64]);
        words
    }
}

/// The digest of nothing.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Returns the 64-bit FNV-1a digest of `bytes`.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    digest(FNV_BASIS, bytes)
}

fn digest(before: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(before, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

impl Machine<'_> {
    /// Returns an R register; its number is taken modulo 16.
    pub fn r(&self, number: u8) -> i64 {
        self.get(number)
    }

    /// Sets an R register; its number is taken modulo 16.
    pub fn set_r(&mut self, number: u8, value: i64) {
        self.put(number, value);
    }

    /// Returns an F register; its number is taken modulo 32.
    pub fn f(&self, number: u8) -> f64 {
        self.extra.as_ref().map_or(0.0, |extra| extra.f[usize::from(number & 31)])
    }

    /// Sets an F register; its number is taken modulo 32. What is not a number becomes the one with [`super::NAN_BITS`].
    pub fn set_f(&mut self, number: u8, value: f64) {
        self.extra().f[usize::from(number & 31)] = numbers::canonical(value);
    }

    /// Returns a V register; its number is taken modulo 16.
    pub fn v(&self, number: u8) -> [u8; 16] {
        self.extra.as_ref().map_or([0; 16], |extra| extra.v[usize::from(number & 15)])
    }

    /// Sets a V register; its number is taken modulo 16.
    pub fn set_v(&mut self, number: u8, value: [u8; 16]) {
        self.extra().v[usize::from(number & 15)] = value;
    }

    /// Returns the flags.
    pub fn flags(&self) -> Flags {
        let test = |test| self.flags.test(test);
        Flags { z: test(FlagTest::Z), s: test(FlagTest::S), c: test(FlagTest::C), v: test(FlagTest::V) }
    }

    /// Returns all registers and the flags.
    pub fn registers(&self) -> Registers {
        let extra = self.extra.as_ref();
        Registers {
            r: self.r,
            f: extra.map_or([0.0; N_F], |extra| extra.f),
            v: extra.map_or([[0; 16]; N_V], |extra| extra.v),
            flags: self.flags(),
        }
    }

    /// Returns the regions in the order of their names.
    pub fn regions(&self) -> Vec<RegionInfo<'_>> {
        let principal: &str = &self.setting.principal;
        let mut regions = vec![RegionInfo { name: STACK, size: self.stack.size, owner: principal }];
        match &self.extra {
            Some(extra) => regions.extend(extra.regions.iter().map(|(name, region)| RegionInfo {
                name,
                size: region.size,
                owner: region.owner.as_deref().unwrap_or(principal),
            })),
            None => {
                regions.push(RegionInfo { name: HEAP, size: self.setting.memory_size(), owner: principal });
            }
        }
        regions.sort_by_key(|region| region.name);
        regions
    }

    /// Returns bytes of a region; none where it does not have them all.
    pub fn read_memory(&self, region: &str, address: u32, len: u32) -> Option<Vec<u8>> {
        let size = self.regions().into_iter().find(|info| info.name == region)?.size;
        if u64::from(address) + u64::from(len) > u64::from(size) {
            return None;
        }
        let begin = address as usize;
        let part = self.bytes_of(region).get(begin..begin + len as usize);
        // What was never touched holds zeros.
        Some(part.map_or_else(|| vec![0; len as usize], <[u8]>::to_vec))
    }

    /// Writes bytes into a region; false where it does not have them all.
    pub fn write_memory(&mut self, region: &str, address: u32, bytes: &[u8]) -> bool {
        let Ok(len) = u32::try_from(bytes.len()) else { return false };
        let region = match region {
            STACK => Some(&mut self.stack),
            _ => self.extra().regions.get_mut(region),
        };
        match region.map(|region| region.range(address, len)) {
            Some(Ok(place)) => {
                place.copy_from_slice(bytes);
                true
            }
            Some(Err(_)) | None => false,
        }
    }

    /// Returns the boxes in the order of their numbers.
    pub fn boxes(&self) -> &[Boxed] {
        self.extra.as_ref().map_or(&[], |extra| &extra.boxes)
    }

    /// Returns the witness log.
    pub fn witnesses(&self) -> &[Witness] {
        self.extra.as_ref().map_or(&[], |extra| &extra.witnesses)
    }

    /// Returns the resources that are marked as acquired, ascending.
    pub fn resources(&self) -> Vec<u32> {
        self.extra.as_ref().map_or_else(Vec::new, |extra| extra.resources.iter().copied().collect())
    }

    /// Returns the capabilities that the program holds.
    pub fn capabilities(&self) -> &Capabilities {
        self.extra.as_ref().map_or(&self.setting.capabilities, |extra| &extra.capabilities)
    }

    /// Returns the capabilities that the program holds, for its host to change.
    pub fn capabilities_mut(&mut self) -> &mut Capabilities {
        &mut self.extra().capabilities
    }

    /// Returns all that can be observed. This reads all regions.
    pub fn observe(&self) -> Observation {
        let (ending, class, pc) = match &self.state {
            State::Ready => (2, 0, 0),
            State::Halted => (0, 0, 0),
            State::Failed(error) => (1, error.kind.code() as u8, error.pc),
        };
        let Registers { r, f, v, flags } = self.registers();
        Observation {
            ending,
            class,
            pc,
            cycles: self.cycles,
            r,
            f: f.map(f64::to_bits),
            flags: flags.bits(),
            vectors: fnv1a(v.as_flattened()),
            memory: self.memory_digest(),
        }
    }

    fn memory_digest(&self) -> u64 {
        let mut sum = FNV_BASIS;
        for RegionInfo { name, size, owner } in self.regions() {
            sum = digest(sum, name.as_bytes());
            sum = digest(sum, &[0]);
            sum = digest(sum, owner.as_bytes());
            sum = digest(sum, &[0]);
            sum = digest(sum, &size.to_le_bytes());
            let bytes = self.bytes_of(name);
            sum = digest(sum, bytes);
            // A zero byte leaves the exclusive or as it is.
            let n_untouched = if bytes.is_empty() { size } else { 0 };
            sum = sum.wrapping_mul(FNV_PRIME.wrapping_pow(n_untouched));
        }
        sum
    }

    /// The bytes of a region; none if it was never touched.
    fn bytes_of(&self, region: &str) -> &[u8] {
        let found = match (region, &self.extra) {
            (STACK, _) => Some(&self.stack),
            (_, Some(extra)) => extra.regions.get(region),
            (_, None) => None,
        };
        found.map_or(&[], |region| &region.bytes)
    }
}
