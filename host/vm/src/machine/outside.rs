//! Instructions about named things: regions, capabilities, other agents.

use super::execute::Done;
use super::extra::STACK;
use super::{Machine, Region};
use crate::error::ErrorKind;
use crate::host::{Answer, Host, Request};
use crate::isa::Opcode;
use crate::payload::Payload;

impl Machine<'_> {
    /// Executes an instruction about regions and returns what R0 becomes, if it changes.
    pub(super) fn region(&mut self, payload: Payload<'_>) -> Result<Option<i64>, ErrorKind> {
        match payload {
            Payload::RegionCreate { name, size, owner } => {
                self.create(name, size, owner)?;
                Ok(Some(0))
            }
            Payload::Region { name } => {
                self.movable(name)?;
                let extra = self.extra();
                if let Some(region) = extra.regions.remove(name) {
                    extra.region_bytes -= u64::from(region.size);
                }
                Ok(None)
            }
            Payload::RegionTransfer { name, owner } => {
                let principal = self.setting.principal.as_ref();
                self.movable(name)?.owner = (owner != principal).then(|| owner.to_owned());
                Ok(None)
            }
            Payload::MemoryCopy { name, source, destination, size } => {
                let region = self.owned(name)?;
                region.range(source, size)?;
                region.range(destination, size)?;
                self.touch_in_bulk(size)?;
                let region = self.owned(name)?;
                let begin = source as usize;
                region.bytes.copy_within(begin..begin + size as usize, destination as usize);
                Ok(None)
            }
            Payload::MemorySet { name, address, value, size } => {
                self.owned(name)?.range(address, size)?;
                self.touch_in_bulk(size)?;
                self.owned(name)?.range(address, size)?.fill(value);
                Ok(None)
            }
            Payload::MemoryCompare { name, first, second, size } => {
                let region = self.owned(name)?;
                region.range(first, size)?;
                region.range(second, size)?;
                self.touch_in_bulk(size)?;
                let region = self.owned(name)?;
                let part = |begin: u32| region.bytes.get(begin as usize..begin as usize + size as usize);
                Ok(Some(part(first).cmp(&part(second)) as i64))
            }
            Payload::Message { .. } | Payload::Capability { .. } | Payload::Resource { .. } => Ok(None),
        }
    }

    /// Counts bytes that are touched at once.
    fn touch_in_bulk(&mut self, size: u32) -> Result<(), ErrorKind> {
        let limit = self.setting.limits.bulk_bytes;
        let extra = self.extra();
        let bulk_bytes = extra.bulk_bytes.saturating_add(size.into());
        if bulk_bytes > limit {
            return Err(ErrorKind::Limit { what: "bytes touched by memory instructions", limit });
        }
        extra.bulk_bytes = bulk_bytes;
        Ok(())
    }

    fn create(&mut self, name: &str, size: u32, owner: &str) -> Result<(), ErrorKind> {
        let setting = self.setting;
        let limits = setting.limits;
        let extra = self.extra();
        if name == STACK || extra.regions.contains_key(name) {
            return Err(ErrorKind::RegionExists(name.to_owned()));
        }
        // `stack` is the one that is not among them.
        if extra.regions.len() + 1 >= limits.n_regions {
            return Err(ErrorKind::Limit { what: "regions", limit: limits.n_regions as u64 });
        }
        let region_bytes = extra.region_bytes + u64::from(size);
        if region_bytes > limits.region_bytes {
            return Err(ErrorKind::Limit { what: "bytes in all regions", limit: limits.region_bytes });
        }
        let owner = (owner != setting.principal).then(|| owner.to_owned());
        extra.region_bytes = region_bytes;
        extra.regions.insert(name.to_owned(), Region::new(size, owner));
        Ok(())
    }

    /// A region that the program owns.
    fn owned(&mut self, name: &str) -> Result<&mut Region, ErrorKind> {
        if name == STACK {
            return Ok(&mut self.stack);
        }
        let principal = &self.setting.principal;
        let region = self.extra().regions.get_mut(name);
        let region = region.ok_or_else(|| ErrorKind::NoRegion(name.to_owned()))?;
        match &region.owner {
            None => Ok(region),
            Some(owner) => Err(ErrorKind::NotOwner {
                name: name.to_owned(),
                owner: owner.clone(),
                principal: principal.to_string(),
            }),
        }
    }

    /// A region that the program owns and that may be removed or given away.
    fn movable(&mut self, name: &str) -> Result<&mut Region, ErrorKind> {
        if name == STACK { Err(ErrorKind::StackRegion) } else { self.owned(name) }
    }

    /// Executes an instruction about capabilities and returns what R0 becomes.
    pub(super) fn capability(
        &mut self,
        opcode: Opcode,
        id: u32,
        agent: &str,
        host: &mut dyn Host,
    ) -> Result<i64, ErrorKind> {
        let held = &mut self.extra().capabilities;
        let done = match opcode {
            Opcode::CapRequire if held.holds(id) => true,
            Opcode::CapRequire => return Err(ErrorKind::NoCapability(id)),
            Opcode::CapRequest if held.holds(id) => true,
            Opcode::CapRequest => {
                let granted = host.request_capability(id);
                if let Some(passing) = granted {
                    held.grant(id, passing);
                }
                granted.is_some()
            }
            Opcode::CapGrant => held.may_pass(id) && (agent.is_empty() || host.pass_capability(id, agent)),
            _ => {
                held.revoke(id);
                true
            }
        };
        Ok(i64::from(!done))
    }

    /// Executes an instruction that the host answers.
    pub(super) fn message(
        &mut self,
        opcode: Opcode,
        message: u8,
        second: Option<u8>,
        name: &str,
        host: &mut dyn Host,
    ) -> Done {
        let request = Request {
            opcode,
            message: self.get(message),
            second: second.map(|second| self.get(second)),
            name,
            cycles: self.cycles,
        };
        let Answer::Done(reply) = host.message(&request) else { return Done::Wait };
        self.put(0, reply.status);
        if let Some(value) = reply.message {
            self.put(message, value);
        }
        if let (Some(number), Some(value)) = (second, reply.second) {
            self.put(number, value);
        }
        Done::Next
    }
}
