//! Where every statement stands, and what labels therefore mean.

use std::collections::BTreeMap;
use std::rc::Rc;

use flux_vm::Opcode;
use flux_vm::limits::MAX_CODE_BYTES;

use super::diagnostics::{self, Diagnostic, Reporter};
use super::expression::{Expression, Value};
use super::limits::Limits;
use super::source::Span;
use super::statement::{Item, Operand, Part, Statement};

/// The addresses of statements and labels.
pub(crate) struct Layout {
    /// The address of each statement, in their order.
    pub(crate) addresses: Vec<usize>,
    /// How many bytes there are.
    pub(crate) len: usize,
    /// Where each label stands and where it is written.
    pub(crate) labels: BTreeMap<Rc<str>, (usize, Span)>,
    /// Where each constant is first given a value.
    pub(crate) constants: BTreeMap<Rc<str>, Span>,
}

/// Gives every statement its place.
///
/// What says how many bytes there are (`.fill`, `.align`, `.org`) may only depend on what stands before it.
pub(crate) fn lay_out(statements: &[Statement], limits: &Limits, reporter: &mut Reporter) -> Layout {
    let mut names: BTreeMap<Rc<str>, Span> = BTreeMap::new();
    let mut constants: BTreeMap<Rc<str>, Span> = BTreeMap::new();
    for statement in statements {
        if reporter.is_full() {
            break;
        }
        match &statement.item {
            Item::Label(name) => match names.get(name) {
                Some(first) => reporter.add(diagnostics::duplicate_label(statement.span, name, *first)),
                None => drop(names.insert(Rc::clone(name), statement.span)),
            },
            Item::Set(name, _) => drop(constants.entry(Rc::clone(name)).or_insert(statement.span)),
            _ => {}
        }
    }
    for (name, span) in &constants {
        if let Some(first) = names.get(name) {
            reporter.add(diagnostics::duplicate_label(*span, name, *first));
        }
    }
    let addresses = Vec::with_capacity(statements.len());
    let layout = Layout { addresses, len: 0, labels: BTreeMap::new(), constants };
    let mut pass = Pass { layout, names, values: BTreeMap::new() };
    let limit = limits.code_bytes.min(MAX_CODE_BYTES);
    for statement in statements {
        if reporter.is_full() {
            break;
        }
        pass.layout.addresses.push(pass.layout.len);
        match pass.len(statement, limit) {
            Ok(len) => {
                let end = pass.layout.len as u64 + len;
                match usize::try_from(end).ok().filter(|end| *end <= limit) {
                    Some(end) => pass.layout.len = end,
                    None => {
                        reporter.add(diagnostics::code_too_large(statement.span, limit, end));
                        // What follows would be too much as well, and nothing about it would be true.
                        break;
                    }
                }
            }
            Err(diagnostic) => reporter.add(*diagnostic),
        }
    }
    pass.layout
}

struct Pass {
    layout: Layout,
    names: BTreeMap<Rc<str>, Span>,
    /// What the constants stand for at the moment; nothing if that depends on what follows.
    values: BTreeMap<Rc<str>, Option<Value>>,
}

impl Pass {
    fn len(&mut self, statement: &Statement, limit: usize) -> Result<u64, Box<Diagnostic>> {
        let at = self.layout.len as u64;
        Ok(match &statement.item {
            Item::Label(name) => {
                let place = (self.layout.len, statement.span);
                self.layout.labels.entry(Rc::clone(name)).or_insert(place);
                0
            }
            Item::Instruction(opcode, operands) => instruction_len(*opcode, operands) as u64,
            Item::Data(parts) => parts.iter().map(|part| part.len() as u64).sum(),
            Item::Fill { count, .. } => self.count(count, "a count", 0, limit)?,
            Item::Align { multiple, .. } => {
                let multiple = self.count(multiple, "a multiple", 1, limit)?;
                at.next_multiple_of(multiple) - at
            }
            Item::Origin(target) => {
                let number = self.evaluate(target)?.number;
                match u64::try_from(number).ok().and_then(|target| target.checked_sub(at)) {
                    Some(len) => len,
                    None => return Err(Box::new(diagnostics::origin_behind(target.span, number, at))),
                }
            }
            Item::Set(name, value) => {
                // Mistakes in it are told when the code is made, when all labels are known.
                let value = self.evaluate(value).ok();
                self.values.insert(Rc::clone(name), value);
                0
            }
            Item::Entry(_) | Item::Inputs(_) | Item::Outputs(_) | Item::Landing(_) | Item::Function(..) => 0,
        })
    }

    fn count(
        &self,
        expression: &Expression,
        what: &str,
        min: u64,
        limit: usize,
    ) -> Result<u64, Box<Diagnostic>> {
        let number = self.evaluate(expression)?.number;
        match u64::try_from(number).ok().filter(|count| *count >= min && *count <= limit as u64) {
            Some(count) => Ok(count),
            None => {
                let (min, max) = (min as i64, limit as i64);
                Err(Box::new(diagnostics::out_of_range(expression.span, what, min, max, number)))
            }
        }
    }

    fn evaluate(&self, expression: &Expression) -> Result<Value, Box<Diagnostic>> {
        expression.evaluate(|name, span| {
            if let Some(value) = self.values.get(name) {
                return value.ok_or_else(|| Box::new(diagnostics::not_known_here(span, name)));
            }
            if let Some((address, _)) = self.layout.labels.get(name) {
                return Ok(Value::address(*address as i64));
            }
            Err(Box::new(if self.names.contains_key(name) {
                diagnostics::not_known_here(span, name)
            } else {
                self.layout.undefined(name, span)
            }))
        })
    }
}

fn instruction_len(opcode: Opcode, operands: &[Operand]) -> usize {
    let payload: usize = operands
        .iter()
        .map(|operand| match operand {
            Operand::Payload(parts) => parts.iter().map(Part::len).sum(),
            _ => 0,
        })
        .sum();
    opcode.spec().layout.base_len() + payload
}

impl Layout {
    /// What is wrong with a name that stands for nothing.
    pub(crate) fn undefined(&self, name: &str, span: Span) -> Diagnostic {
        if super::registers::parse(name).is_some() {
            return diagnostics::invalid_operand(
                span,
                "a number or a label",
                &format!("the register `{name}`"),
            );
        }
        if let Some(set) = self.constants.get(name) {
            return diagnostics::used_before_set(span, name, *set);
        }
        let known = self.labels.keys().chain(self.constants.keys()).map(|known| &**known);
        diagnostics::undefined_label(span, name, &super::nearest::nearest(name, known))
    }
}
