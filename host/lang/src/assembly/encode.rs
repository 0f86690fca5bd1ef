//! Statements as bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use flux_vm::container::{Function, Landing, MAX_INPUTS, MAX_OUTPUTS};
use flux_vm::isa::{Bank, Kind};
use flux_vm::{Instruction, Opcode, Operand as Encoded, Program};

use super::diagnostics::{self, Diagnostic, Reporter};
use super::expression::{Expression, Nature, Value};
use super::layout::Layout;
use super::map::{MapEntry, SourceMap, Symbol, SymbolKind};
use super::source::{Sources, Span};
use super::statement::{Item, Operand, Part, Statement, Width};

/// What comes of statements.
pub(crate) struct Output {
    /// Only of use if nothing was wrong.
    pub(crate) program: Program,
    pub(crate) source_map: SourceMap,
    pub(crate) symbols: BTreeMap<String, Symbol>,
}

/// Makes the bytes of every statement, and everything else that a program has.
pub(crate) fn encode(
    statements: &[Statement],
    layout: &Layout,
    sources: &Sources,
    reporter: &mut Reporter,
) -> Output {
    let mut encoder = Encoder {
        layout,
        constants: BTreeMap::new(),
        code: Vec::new(),
        program: Program::raw(Vec::new()),
        instructions: BTreeSet::new(),
        values: BTreeSet::new(),
        pads: BTreeSet::new(),
        lands_anywhere: false,
        once: BTreeMap::new(),
    };
    let mut entries = Vec::new();
    // A layout that was given up has no more addresses.
    for (idx, (statement, address)) in statements.iter().zip(&layout.addresses).enumerate() {
        if reporter.is_full() {
            break;
        }
        // After a mistake the bytes are of no use, but the places have to stay right for what is said of the rest.
        encoder.code.resize(*address, 0);
        let end = layout.addresses.get(idx + 1).copied().unwrap_or(layout.len);
        if let Err(diagnostic) = encoder.statement(statement, *address, end, reporter) {
            reporter.add(*diagnostic);
        }
        let len = encoder.code.len().saturating_sub(*address);
        if len > 0 {
            let line = sources.place(statement.span).line;
            entries.push(MapEntry { offset: *address, len, span: statement.span, line });
        }
    }
    encoder.code.resize(layout.len, 0);
    encoder.finish(SourceMap::new(entries))
}

struct Encoder<'a> {
    layout: &'a Layout,
    /// What the constants stand for at the moment.
    constants: BTreeMap<Rc<str>, (Value, Span)>,
    code: Vec<u8>,
    program: Program,
    /// Where instructions begin.
    instructions: BTreeSet<usize>,
    /// Addresses that were used as values.
    values: BTreeSet<i64>,
    /// Addresses that `.landing` names.
    pads: BTreeSet<u32>,
    lands_anywhere: bool,
    /// Where the directives stand that may be there once.
    once: BTreeMap<&'static str, Span>,
}

type Made<T> = Result<T, Box<Diagnostic>>;

impl Encoder<'_> {
    /// Makes a statement that takes the bytes from `address` to `end`.
    fn statement(
        &mut self,
        statement: &Statement,
        address: usize,
        end: usize,
        reporter: &mut Reporter,
    ) -> Made<()> {
        match &statement.item {
            Item::Label(_) => {}
            Item::Instruction(opcode, operands) => self.instruction(*opcode, operands, address, reporter)?,
            Item::Data(parts) => {
                let bytes = self.parts(parts)?;
                self.code.extend(bytes);
            }
            Item::Fill { value, .. } | Item::Align { value, .. } => {
                let byte = match value {
                    Some(value) => self.number(value, Width::Byte)?[0],
                    None => 0,
                };
                self.code.resize(end, byte);
            }
            Item::Origin(_) => self.code.resize(end, 0),
            Item::Set(name, value) => {
                let value = self.evaluate(value)?;
                self.constants.insert(Rc::clone(name), (value, statement.span));
            }
            Item::Entry(target) => {
                self.only_once("entry", statement.span)?;
                self.program.entry = self.address(target, "the entry")?;
            }
            Item::Inputs(count) => {
                self.only_once("inputs", statement.span)?;
                self.program.inputs = self.small(count, "the number of inputs", 0, MAX_INPUTS)?;
            }
            Item::Outputs(count) => {
                self.only_once("outputs", statement.span)?;
                self.program.outputs = self.small(count, "the number of outputs", 1, MAX_OUTPUTS)?;
            }
            Item::Landing(addresses) => {
                self.lands_anywhere |= addresses.is_empty();
                for address in addresses {
                    let pad = self.address(address, "a landing pad")?;
                    self.pads.insert(pad);
                }
            }
            Item::Function(name, start, len) => {
                let offset = self.address(start, "a function")?;
                let bytes = self.evaluate(len)?.number;
                let max = self.layout.len as i64 - i64::from(offset);
                let len =
                    u32::try_from(bytes).ok().filter(|len| i64::from(*len) <= max).ok_or_else(|| {
                        Box::new(diagnostics::out_of_range(len.span, "the function's length", 0, max, bytes))
                    })?;
                let name = String::from_utf8_lossy(name).into_owned();
                self.program.functions.push(Function { name, offset, len });
            }
        }
        Ok(())
    }

    fn instruction(
        &mut self,
        opcode: Opcode,
        operands: &[Operand],
        address: usize,
        reporter: &mut Reporter,
    ) -> Made<()> {
        self.instructions.insert(address);
        let mut payload = Vec::new();
        for operand in operands {
            if let Operand::Payload(parts) = operand {
                payload = self.parts(parts)?;
            }
        }
        let len = opcode.spec().layout.base_len() + payload.len();
        let mut encoded = Vec::with_capacity(operands.len());
        let mut wrong = None;
        for (operand, kind) in operands.iter().zip(opcode.spec().operands) {
            match self.operand(operand, *kind, address + len, &payload, reporter) {
                Ok(operand) => encoded.push(operand),
                Err(diagnostic) => wrong = wrong.or(Some(diagnostic)),
            }
        }
        if let Some(diagnostic) = wrong {
            return Err(diagnostic);
        }
        // INVARIANT: the parser reads operands by the table that this checks them against.
        if let Ok(instruction) = Instruction::new(opcode, &encoded) {
            instruction.encode(&mut self.code);
        }
        Ok(())
    }

    /// One operand; `next` is the address after its instruction.
    fn operand<'p>(
        &mut self,
        operand: &Operand,
        kind: Kind,
        next: usize,
        payload: &'p [u8],
        reporter: &mut Reporter,
    ) -> Made<Encoded<'p>> {
        let value = match operand {
            Operand::Register(number) => {
                return Ok(match kind {
                    Kind::CompareF => Encoded::CompareF(*number),
                    Kind::Register(Bank::F, _) => Encoded::F(*number),
                    Kind::Register(Bank::V, _) => Encoded::V(*number),
                    _ => Encoded::R(*number),
                });
            }
            Operand::Unused(byte) => return Ok(Encoded::Unused(*byte)),
            Operand::Payload(_) => return Ok(Encoded::Payload(payload)),
            Operand::Value(value) => value,
        };
        Ok(match kind {
            Kind::Jump => Encoded::Jump(self.jump(value, next, reporter)?),
            Kind::Word => {
                let number = self.value(value)?.number;
                Encoded::Word(i32::try_from(number).map_err(|_| {
                    let (min, max) = (i32::MIN.into(), i32::MAX.into());
                    Box::new(diagnostics::out_of_range(value.span, "a 32-bit operand", min, max, number))
                })?)
            }
            Kind::Condition => Encoded::Condition(self.small(value, "a comparison", 0, u8::MAX)?),
            Kind::FlagTest => Encoded::FlagTest(self.small(value, "a test of the flags", 0, u8::MAX)?),
            Kind::Tag => Encoded::Tag(self.small(value, "a type tag", 0, u8::MAX)?),
            Kind::Count => Encoded::Count(self.small(value, "a count", 0, u8::MAX)?),
            _ => {
                let number = self.value(value)?.number;
                Encoded::Immediate(
                    i16::try_from(number)
                        .map_err(|_| Box::new(diagnostics::immediate_out_of_range(value.span, number)))?,
                )
            }
        })
    }

    /// The distance of a jump: an address is a target, a number is a distance already.
    fn jump(&mut self, target: &Expression, next: usize, reporter: &mut Reporter) -> Made<i16> {
        let value = self.evaluate(target)?;
        let distance = match value.nature {
            Nature::Neither => return Err(Box::new(diagnostics::neither_address_nor_number(target.span))),
            Nature::Number => value.number,
            Nature::Address => value.number - next as i64,
        };
        let short = i16::try_from(distance).map_err(|_| {
            Box::new(match value.nature {
                Nature::Number => diagnostics::immediate_out_of_range(target.span, distance),
                _ => diagnostics::jump_too_far(target.span, distance),
            })
        })?;
        let absolute = next as i64 + distance;
        if absolute < 0 || absolute >= self.layout.len as i64 {
            reporter.add(diagnostics::jump_outside(target.span, absolute, self.layout.len));
        }
        Ok(short)
    }

    fn parts(&mut self, parts: &[Part]) -> Made<Vec<u8>> {
        let mut bytes = Vec::new();
        for part in parts {
            match part {
                Part::Bytes(part) => bytes.extend_from_slice(part),
                Part::Number(expression, width) => bytes.extend(self.number(expression, *width)?),
            }
        }
        Ok(bytes)
    }

    /// A number in as many bytes as its width says.
    fn number(&mut self, expression: &Expression, width: Width) -> Made<Vec<u8>> {
        let number = self.value(expression)?.number;
        let (min, max) = width.range();
        if number < min || number > max {
            let what = match width {
                Width::Byte => "a byte",
                Width::Half => "a 16-bit number",
                Width::Word => "a 32-bit number",
                Width::Unsigned => "a 32-bit number without a sign",
            };
            return Err(Box::new(diagnostics::out_of_range(expression.span, what, min, max, number)));
        }
        Ok(number.to_le_bytes()[..width.len()].to_vec())
    }

    fn small(&self, expression: &Expression, what: &str, min: u8, max: u8) -> Made<u8> {
        let number = self.evaluate(expression)?.number;
        u8::try_from(number).ok().filter(|number| (min..=max).contains(number)).ok_or_else(|| {
            Box::new(diagnostics::out_of_range(expression.span, what, min.into(), max.into(), number))
        })
    }

    /// An address within the code.
    fn address(&self, expression: &Expression, what: &str) -> Made<u32> {
        let number = self.evaluate(expression)?.number;
        let max = (self.layout.len as i64 - 1).max(0);
        u32::try_from(number)
            .ok()
            .filter(|address| i64::from(*address) <= max)
            .ok_or_else(|| Box::new(diagnostics::out_of_range(expression.span, what, 0, max, number)))
    }

    /// A value that is stored: if it is an address, execution may come there by it.
    fn value(&mut self, expression: &Expression) -> Made<Value> {
        let value = self.evaluate(expression)?;
        if value.nature == Nature::Address {
            self.values.insert(value.number);
        }
        Ok(value)
    }

    fn evaluate(&self, expression: &Expression) -> Made<Value> {
        expression.evaluate(|name, span| {
            if let Some((value, _)) = self.constants.get(name) {
                return Ok(*value);
            }
            match self.layout.labels.get(name) {
                Some((address, _)) => Ok(Value::address(*address as i64)),
                None => Err(Box::new(self.layout.undefined(name, span))),
            }
        })
    }

    fn only_once(&mut self, name: &'static str, span: Span) -> Made<()> {
        match self.once.insert(name, span) {
            Some(first) => Err(Box::new(diagnostics::repeated_directive(span, name, first))),
            None => Ok(()),
        }
    }

    fn finish(mut self, source_map: SourceMap) -> Output {
        let used = self.values.iter().filter_map(|address| u32::try_from(*address).ok());
        let mut pads = self.pads;
        pads.extend(used.filter(|address| self.instructions.contains(&(*address as usize))));
        self.program.code = self.code;
        self.program.landing =
            if self.lands_anywhere { Landing::Anywhere } else { Landing::Listed(pads.into_iter().collect()) };
        let mut symbols = BTreeMap::new();
        for (name, (address, span)) in &self.layout.labels {
            let symbol = Symbol { value: *address as i64, kind: SymbolKind::Label, span: *span };
            symbols.insert(name.to_string(), symbol);
        }
        for (name, (value, span)) in &self.constants {
            let symbol = Symbol { value: value.number, kind: SymbolKind::Constant, span: *span };
            symbols.insert(name.to_string(), symbol);
        }
        Output { program: self.program, source_map, symbols }
    }
}
