//! Memory regions: named in the code, so all that can be known of their places is known.

use flux_vm::error::ErrorClass;
use flux_vm::instruction::Instruction as Flux;
use flux_vm::isa::{Kind, Opcode};
use flux_vm::payload::Payload;
use wasm_encoder::Instruction as Wasm;

use super::{Emitter, Helper};
use crate::aot::code::Local;
use crate::aot::layout::{STACK, can_be_had};

/// The state of a region that is not there.
const ABSENT: i32 = 0;
/// The state of a region that the program owns.
const OWN: i32 = 1;
/// The state of a region that the first of the other owners has.
const FIRST_OTHER: i32 = 2;

impl Emitter<'_> {
    pub(super) fn region(&mut self, instruction: &Flux<'_>) {
        let [Kind::Payload(form)] = *instruction.opcode.spec().operands else { return };
        match Payload::parse(form, instruction.payload()) {
            Ok(Payload::RegionCreate { name, size, owner }) => self.create(name, size, owner),
            Ok(Payload::Region { name }) => {
                if let Some(region) = self.movable(name) {
                    self.code.i32(ABSENT).set(Local::RegionState(region));
                    self.account(region, Wasm::I32Sub, Wasm::I64Sub);
                }
            }
            Ok(Payload::RegionTransfer { name, owner }) => {
                if let Some(region) = self.movable(name) {
                    let state = self.owner(owner);
                    self.code.i32(state).set(Local::RegionState(region));
                }
            }
            Ok(Payload::MemoryCopy { name, source, destination, size }) => {
                let Some(base) = self.owned(name) else { return };
                self.check_part(name, source, size);
                self.check_part(name, destination, size);
                self.touch_in_bulk(size);
                self.constant(base, destination);
                self.constant(base, source);
                self.code.i32(size.cast_signed());
                self.code.push(Wasm::MemoryCopy { src_mem: 0, dst_mem: 0 });
            }
            Ok(Payload::MemorySet { name, address, value, size }) => {
                let Some(base) = self.owned(name) else { return };
                self.check_part(name, address, size);
                self.touch_in_bulk(size);
                self.constant(base, address);
                self.code.i32(value.into()).i32(size.cast_signed()).push(Wasm::MemoryFill(0));
            }
            Ok(Payload::MemoryCompare { name, first, second, size }) => {
                let Some(base) = self.owned(name) else { return };
                self.check_part(name, first, size);
                self.check_part(name, second, size);
                self.touch_in_bulk(size);
                self.constant(base, first);
                self.constant(base, second);
                self.code.i32(size.cast_signed());
                self.helper(Helper::Compare);
                self.set_word(0);
            }
            Ok(_) => {}
            Err(_) => self.always_fail(ErrorClass::Range),
        }
    }

    /// Writes how the regions are at the start.
    pub(super) fn prepare_regions(&mut self) {
        let layout = self.layout;
        self.reserve(layout.stack_pages);
        for (number, region) in layout.regions.iter().enumerate().filter(|(_, region)| region.at_start) {
            self.reserve(region.pages);
            if region.changes {
                self.code.i32(OWN).set(Local::RegionState(number));
            }
            if region.fixed_size().is_none() {
                self.code.i32(layout.stack_size.cast_signed()).set(Local::RegionSize(number));
            }
        }
        if self.counts_regions() {
            // `stack` and `heap`.
            self.code.i32(2).set(Local::Regions);
        }
        if self.counts_bytes() {
            self.code.i64(2 * i64::from(layout.stack_size)).set(Local::RegionBytes);
        }
    }

    /// Has the memory grow to this many pages; 0 are there in any case.
    fn reserve(&mut self, pages: u32) {
        if pages > 0 {
            self.code.i32(pages.cast_signed());
            self.helper(Helper::Reserve);
        }
    }

    /// The state of a region with this owner.
    fn owner(&mut self, owner: &str) -> i32 {
        if owner == self.options.setting.principal {
            return OWN;
        }
        let owners = &mut self.shared.owners;
        let known = owners.iter().position(|other| other == owner);
        let index = known.unwrap_or_else(|| {
            owners.push(owner.to_owned());
            owners.len() - 1
        });
        FIRST_OTHER + index as i32
    }

    fn create(&mut self, name: &str, size: u32, owner: &str) {
        let layout = self.layout;
        let Some(number) = layout.region(name) else { return self.always_fail(ErrorClass::Memory) };
        self.code.get(Local::RegionState(number));
        self.fail_if(ErrorClass::Memory);
        let limits = self.options.setting.limits;
        if self.counts_regions() {
            let limit = i32::try_from(limits.n_regions).unwrap_or(i32::MAX);
            self.code.get(Local::Regions).i32(limit).push(Wasm::I32GeU);
            self.fail_if(ErrorClass::Resource);
        }
        if !can_be_had(size, &limits) {
            return self.always_fail(ErrorClass::Resource);
        }
        if self.counts_bytes() {
            let room = limits.region_bytes.saturating_sub(size.into());
            self.code.get(Local::RegionBytes).i64(room as i64).push(Wasm::I64GtU);
            self.fail_if(ErrorClass::Resource);
        }
        let region = &layout.regions[number];
        self.reserve(region.pages);
        if region.is_removed {
            // Something else may have been there.
            self.constant(region.base, 0);
            self.code.i32(0).i32(size.cast_signed()).push(Wasm::MemoryFill(0));
        }
        if region.fixed_size().is_none() {
            self.code.i32(size.cast_signed()).set(Local::RegionSize(number));
        }
        let state = self.owner(owner);
        self.code.i32(state).set(Local::RegionState(number));
        self.account(number, Wasm::I32Add, Wasm::I64Add);
        self.code.i64(0);
        self.set_word(0);
    }

    /// Notes that a region came or went.
    fn account(&mut self, number: usize, one: Wasm<'static>, bytes: Wasm<'static>) {
        if self.counts_regions() {
            self.code.get(Local::Regions).i32(1).push(one).set(Local::Regions);
        }
        if self.counts_bytes() {
            self.code.get(Local::RegionBytes);
            self.push_size(number);
            self.code.push(Wasm::I64ExtendI32U).push(bytes).set(Local::RegionBytes);
        }
    }

    fn push_size(&mut self, number: usize) {
        match self.layout.regions[number].fixed_size() {
            Some(size) => self.code.i32(size.cast_signed()),
            None => self.code.get(Local::RegionSize(number)),
        };
    }

    /// Whether there can be more regions than the limit.
    fn counts_regions(&self) -> bool {
        // `stack`, and `heap` where nothing names it.
        self.layout.regions.len() + 2 > self.options.setting.limits.n_regions
    }

    /// Whether all regions together can be larger than the limit.
    fn counts_bytes(&self) -> bool {
        let named =
            self.layout.regions.iter().map(|region| u64::from(region.sizes.last().copied().unwrap_or(0)));
        named.sum::<u64>() + 2 * u64::from(self.layout.stack_size) > self.options.setting.limits.region_bytes
    }

    /// Fails unless the program owns a region, and returns where it begins; none if it cannot be there.
    fn owned(&mut self, name: &str) -> Option<u32> {
        if name == STACK {
            return Some(self.layout.stack);
        }
        let layout = self.layout;
        let number = layout.region(name)?;
        let region = &layout.regions[number];
        match (region.changes, region.at_start) {
            (true, _) => {
                if self.observes_state() {
                    self.code.get(Local::RegionState(number)).push(Wasm::I32Eqz);
                    self.fail_if(ErrorClass::Memory);
                }
                self.code.get(Local::RegionState(number)).i32(OWN).push(Wasm::I32Ne);
                self.fail_if(ErrorClass::Ownership);
            }
            (false, true) => {}
            (false, false) => {
                self.always_fail(ErrorClass::Memory);
                return None;
            }
        }
        Some(region.base)
    }

    /// Fails unless the program may remove a region or give it away, and returns its number.
    fn movable(&mut self, name: &str) -> Option<usize> {
        if name == STACK {
            self.always_fail(ErrorClass::Ownership);
            return None;
        }
        self.owned(name)?;
        self.layout.region(name)
    }

    /// Fails unless a region has these bytes.
    fn check_part(&mut self, name: &str, address: u32, len: u32) {
        let end = u64::from(address) + u64::from(len);
        let number = self.layout.region(name);
        let size = match number {
            Some(number) => self.layout.regions[number].fixed_size(),
            None => Some(self.layout.stack_size),
        };
        match (size, number) {
            (Some(size), _) if end <= u64::from(size) => {}
            (None, Some(number)) => {
                self.push_size(number);
                self.code.push(Wasm::I64ExtendI32U).i64(end as i64).push(Wasm::I64LtU);
                self.fail_if(ErrorClass::Memory);
            }
            _ => self.always_fail(ErrorClass::Memory),
        }
    }

    /// Counts bytes that are touched at once, where there can be too many of them.
    fn touch_in_bulk(&mut self, size: u32) {
        if !self.counts_bulk {
            return;
        }
        match self.options.setting.limits.bulk_bytes.checked_sub(size.into()) {
            Some(room) => {
                self.code.get(Local::BulkBytes).i64(room.cast_signed()).push(Wasm::I64GtU);
                self.fail_if(ErrorClass::Resource);
            }
            None => self.always_fail(ErrorClass::Resource),
        }
        self.code.get(Local::BulkBytes).i64(size.into()).push(Wasm::I64Add).set(Local::BulkBytes);
    }

    /// Leaves an address at hand. What lies outside of its region was refused before.
    fn constant(&mut self, base: u32, address: u32) {
        self.code.i32(base.wrapping_add(address).cast_signed());
    }

    /// Fails; what follows is not executed.
    pub(super) fn always_fail(&mut self, class: ErrorClass) {
        self.code.i32(1);
        self.fail_if(class);
    }

    /// Resources are marked, which nothing in the program can see.
    pub(super) fn resource(&mut self, instruction: &Flux<'_>) {
        debug_assert!(matches!(instruction.opcode, Opcode::ResourceAcquire | Opcode::ResourceRelease));
        let [Kind::Payload(form)] = *instruction.opcode.spec().operands else { return };
        let is_read = Payload::parse(form, instruction.payload()).is_ok();
        self.code.i64(i64::from(!is_read));
        self.set_word(0);
    }
}
