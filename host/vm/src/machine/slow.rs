//! Instructions that are not worth a place in the loop.

use super::execute::{Done, pop, push, word};
use super::extra::{Boxed, Witness};
use super::{Machine, numbers};
use crate::error::ErrorKind;
use crate::host::Host;
use crate::instruction::decode;
use crate::isa::{FP, Kind, Opcode, SP};
use crate::payload::Payload;

impl Machine<'_> {
    /// Executes one of them. A fault leaves the machine as it was.
    pub(super) fn slow(
        &mut self,
        opcode: Opcode,
        a: u8,
        b: u8,
        word: u32,
        host: &mut dyn Host,
    ) -> Result<Done, ErrorKind> {
        match opcode {
            Opcode::Dup | Opcode::Swap | Opcode::Rot | Opcode::Enter | Opcode::Leave | Opcode::Alloca => {
                self.stack_instruction(opcode, a, b)?;
            }
            Opcode::Cast => {
                let value = self.get(b);
                // An operand of one byte.
                let cast = match word as u8 {
                    0 => numbers::cast_single(self::word(value)?)?,
                    2 => i64::from(value != 0),
                    _ => value,
                };
                self.put(a, cast);
            }
            Opcode::Box => {
                let limit = self.setting.limits.n_boxes;
                let boxes = &mut self.extra().boxes;
                if boxes.len() >= limit {
                    return Err(ErrorKind::Limit { what: "boxes", limit: limit as u64 });
                }
                // The number's bits are meant.
                boxes.push(Boxed { tag: b, value: word as i32 });
                let id = boxes.len() as i64 - 1;
                self.put(a, id);
            }
            Opcode::Unbox => {
                let id = self.get(b);
                let value = self.extra().boxed(id)?.value;
                self.put(a, value.into());
            }
            Opcode::CheckType => {
                let id = self.get(a);
                let found = self.extra().boxed(id)?.tag;
                if found != b {
                    return Err(ErrorKind::TypeMismatch { expected: b, found });
                }
            }
            Opcode::CheckBounds => {
                let (index, bound) = (self.get(a), self.get(b));
                if index < 0 || index >= bound {
                    return Err(ErrorKind::OutOfBounds { index, bound });
                }
            }
            Opcode::Feq | Opcode::Flt | Opcode::Fle | Opcode::Fgt | Opcode::Fge => {
                let holds = numbers::float_compare(opcode, self.f(a), self.f(b));
                self.put(a, i64::from(holds));
            }
            Opcode::Fadd
            | Opcode::Fsub
            | Opcode::Fmul
            | Opcode::Fdiv
            | Opcode::Fneg
            | Opcode::Fabs
            | Opcode::Fmin
            | Opcode::Fmax => {
                // An operand of one byte.
                let result = numbers::float(opcode, self.f(a), self.f(b), self.f(word as u8))?;
                self.set_f(a, result);
            }
            Opcode::PhyAbsorb
            | Opcode::PhyScatter
            | Opcode::PhyJerlov
            | Opcode::PhyThermo
            | Opcode::PhySeabed
            | Opcode::PhyAtten
            | Opcode::PhyVisib
            | Opcode::PhySoundv
            | Opcode::PhyRefrac => {
                let result = numbers::physics(opcode, self.f(b), self.f(word as u8));
                self.set_f(a, result);
            }
            Opcode::Vload => {
                let bytes = self.stack.read(self.get(b))?;
                self.set_v(a, bytes);
            }
            Opcode::Vstore => {
                let bytes = self.v(a);
                self.stack.write(self.get(b), bytes)?;
            }
            Opcode::Vadd | Opcode::Vsub | Opcode::Vmul | Opcode::Vdiv | Opcode::Vfma => {
                let result = numbers::vector(opcode, self.v(a), self.v(b), self.v(word as u8))?;
                self.set_v(a, result);
            }
            Opcode::Evolve => {
                let extra = self.extra();
                extra.generations += 1;
                let generations = extra.generations;
                self.put(a, generations);
            }
            Opcode::Witness => self.witness(a, word)?,
            Opcode::Sense => {
                let channel = self.get(b);
                let reading = channel_number(channel).and_then(|number| host.sense(number));
                self.put(a, reading.ok_or(ErrorKind::Channel(channel))?);
            }
            Opcode::Act => {
                let channel = self.get(a);
                let taken = channel_number(channel).is_some_and(|number| host.act(number, self.get(b)));
                if !taken {
                    return Err(ErrorKind::Channel(channel));
                }
            }
            Opcode::EmergencyStop => {
                host.stopped(self.cycles);
                return Ok(Done::Halt);
            }
            Opcode::Yield if host.takes_turns() => return Ok(Done::Yield),
            _ => return self.with_payload(opcode, host),
        }
        Ok(Done::Next)
    }

    fn stack_instruction(&mut self, opcode: Opcode, a: u8, b: u8) -> Result<(), ErrorKind> {
        let sp = self.get(SP);
        match opcode {
            Opcode::Dup => {
                let (_, top) = pop(&mut self.stack, sp)?;
                let sp = push(&mut self.stack, sp, top)?;
                self.put(SP, sp);
            }
            Opcode::Swap => {
                let [first, second] = self.cells(sp)?;
                self.stack.write(sp, second)?;
                self.stack.write(sp.wrapping_add(4), first)?;
            }
            Opcode::Rot => {
                let [first, second, third] = self.cells(sp)?;
                self.stack.write(sp, second)?;
                self.stack.write(sp.wrapping_add(4), third)?;
                self.stack.write(sp.wrapping_add(8), first)?;
            }
            Opcode::Enter => {
                // An operand of one byte, which is a number of cells.
                let cells = i64::from(a);
                let frame = sp.wrapping_sub(4);
                if frame >= 0 && frame < 4 * cells {
                    return Err(ErrorKind::FrameOverflow { sp: frame, cells });
                }
                let outer = self.get(FP);
                let frame = push(&mut self.stack, sp, outer)?;
                self.put(FP, frame);
                self.put(SP, frame - 4 * cells);
            }
            Opcode::Leave => {
                let frame = self.get(FP);
                let (above, frame) = pop(&mut self.stack, frame)?;
                self.put(SP, above);
                self.put(FP, frame);
            }
            _ => {
                let cells = self.get(b);
                // As many cells as would fit: compared so that nothing overflows.
                if cells > sp >> 2 {
                    return Err(ErrorKind::FrameOverflow { sp, cells });
                }
                let below = sp.wrapping_sub(cells.wrapping_mul(4));
                self.put(SP, below);
                self.put(a, below);
            }
        }
        Ok(())
    }

    /// The topmost cells, the top first.
    fn cells<const N: usize>(&mut self, sp: i64) -> Result<[[u8; 4]; N], ErrorKind> {
        let mut cells = [[0; 4]; N];
        let mut at = sp;
        for cell in &mut cells {
            let (above, value) = pop(&mut self.stack, at)?;
            *cell = word(value)?.to_le_bytes();
            at = above;
        }
        Ok(cells)
    }

    fn witness(&mut self, register: u8, value: u32) -> Result<(), ErrorKind> {
        let limit = self.setting.limits.n_witnesses;
        let (pc, cycle) = (self.pc(), self.cycles);
        let witnesses = &mut self.extra().witnesses;
        if witnesses.len() >= limit {
            return Err(ErrorKind::Limit { what: "witnesses", limit: limit as u64 });
        }
        // The number's low bits are meant: it had 16 of them.
        witnesses.push(Witness { pc, register, value: value as i16, cycle });
        let n_witnesses = witnesses.len() as i64;
        self.put(register, n_witnesses);
        Ok(())
    }

    /// Executes an instruction of layout G.
    fn with_payload(&mut self, opcode: Opcode, host: &mut dyn Host) -> Result<Done, ErrorKind> {
        let verified = self.verified;
        // INVARIANT: verification has decoded the instruction.
        let Ok(instruction) = decode(&verified.program().code, self.pc() as usize) else {
            return Ok(Done::Next);
        };
        let [Kind::Payload(form)] = *opcode.spec().operands else { return Ok(Done::Next) };
        match Payload::parse(form, instruction.payload()) {
            Ok(Payload::Message { message, second, name }) => {
                return Ok(self.message(opcode, message, second, name, host));
            }
            Ok(Payload::Capability { id, agent }) => {
                let status = self.capability(opcode, id, agent, host)?;
                self.put(0, status);
            }
            Ok(Payload::Resource { id }) => {
                self.resource(opcode, id)?;
                self.put(0, 0);
            }
            Ok(memory) => {
                if let Some(result) = self.region(memory)? {
                    self.put(0, result);
                }
            }
            // A message, a capability or a resource that cannot be read is refused; memory is not to be guessed at.
            Err(error) if form.is_memory() => return Err(error.into()),
            Err(_) => self.put(0, 1),
        }
        Ok(Done::Next)
    }

    fn resource(&mut self, opcode: Opcode, id: u32) -> Result<(), ErrorKind> {
        let limit = self.setting.limits.n_resources;
        let resources = &mut self.extra().resources;
        if opcode == Opcode::ResourceRelease {
            resources.remove(&id);
        } else if resources.len() >= limit && !resources.contains(&id) {
            return Err(ErrorKind::Limit { what: "resources", limit: limit as u64 });
        } else {
            resources.insert(id);
        }
        Ok(())
    }
}

fn channel_number(channel: i64) -> Option<u32> {
    u32::try_from(channel).ok()
}
