//! What lines mean, before it is known where anything stands.

use std::rc::Rc;

use flux_vm::Opcode;

use super::expression::Expression;
use super::source::Span;

/// A label, an instruction, data or a directive.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) span: Span,
    pub(crate) item: Item,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A name for the place.
    Label(Rc<str>),
    Instruction(Opcode, Vec<Operand>),
    Data(Vec<Part>),
    /// `count` bytes of one value.
    Fill {
        count: Expression,
        value: Option<Expression>,
    },
    /// Bytes of one value up to a multiple.
    Align {
        multiple: Expression,
        value: Option<Expression>,
    },
    /// Zeros up to an address.
    Origin(Expression),
    /// A name for a value, from here on.
    Set(Rc<str>, Expression),
    Entry(Expression),
    Inputs(Expression),
    Outputs(Expression),
    /// Addresses that computed jumps may go to; without any, all.
    Landing(Vec<Expression>),
    /// A name for a part of the code: name, address, length.
    Function(Rc<[u8]>, Expression, Expression),
}

/// An operand as it was written.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// A register of the bank that the table names, within it.
    Register(u8),
    /// A register byte without effect.
    Unused(u8),
    /// A number or an address.
    Value(Expression),
    Payload(Vec<Part>),
}

/// Some bytes of data or of a payload; how many is known.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Bytes(Vec<u8>),
    Number(Expression, Width),
}

/// How many bytes a number takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Byte,
    Half,
    Word,
    /// Four bytes without a sign.
    Unsigned,
}

impl Width {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Half => 2,
            Self::Word | Self::Unsigned => 4,
        }
    }

    /// The least and the greatest value.
    pub(crate) fn range(self) -> (i64, i64) {
        match self {
            Self::Byte => (i8::MIN.into(), u8::MAX.into()),
            Self::Half => (i16::MIN.into(), u16::MAX.into()),
            Self::Word => (i32::MIN.into(), u32::MAX.into()),
            Self::Unsigned => (0, u32::MAX.into()),
        }
    }
}

impl Part {
    /// A number at the end of `parts`. One that is known already joins the bytes before it: data has many.
    pub(crate) fn push_number(parts: &mut Vec<Self>, expression: Expression, width: Width) {
        let (min, max) = width.range();
        match (parts.last_mut(), expression.as_number().filter(|number| (min..=max).contains(number))) {
            (Some(Self::Bytes(bytes)), Some(number)) => bytes.extend(&number.to_le_bytes()[..width.len()]),
            (_, Some(number)) => parts.push(Self::Bytes(number.to_le_bytes()[..width.len()].to_vec())),
            (_, None) => parts.push(Self::Number(expression, width)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Number(_, width) => width.len(),
        }
    }
}
