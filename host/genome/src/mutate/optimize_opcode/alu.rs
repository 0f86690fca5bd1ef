//! Integer operators in a form that rules can be written in once for both widths, and what they compute.

use wasm_encoder::Instruction;
use wasmparser::Operator;

/// The width of an integer operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    W32,
    W64,
}

impl Width {
    pub(crate) fn bits(self) -> u64 {
        match self {
            Width::W32 => 32,
            Width::W64 => 64,
        }
    }

    pub(crate) fn mask(self) -> u64 {
        match self {
            Width::W32 => u64::from(u32::MAX),
            Width::W64 => u64::MAX,
        }
    }

    /// Returns the value as a signed number.
    pub(crate) fn signed(self, value: u64) -> i64 {
        match self {
            Width::W32 => i64::from(value as u32 as i32),
            Width::W64 => value as i64,
        }
    }

    /// Returns the instruction for the constant `value`, of which only the low bits count.
    pub(crate) fn constant(self, value: u64) -> Instruction<'static> {
        match self {
            Width::W32 => Instruction::I32Const(value as u32 as i32),
            Width::W64 => Instruction::I64Const(value as i64),
        }
    }
}

macro_rules! operators {
    ($(#[$doc:meta])* $name:ident: $($op:ident $narrow:ident $wide:ident,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($op,)*
        }

        impl $name {
            /// Returns the operator with its width, if it is one of these.
            pub(crate) fn of(op: &Operator<'_>) -> Option<(Width, $name)> {
                match op {
                    $(Operator::$narrow => Some((Width::W32, $name::$op)),
                    Operator::$wide => Some((Width::W64, $name::$op)),)*
                    _ => None,
                }
            }

            /// Returns the instruction for it in `width`.
            pub(crate) fn instruction(self, width: Width) -> Instruction<'static> {
                match (self, width) {
                    $(($name::$op, Width::W32) => Instruction::$narrow,
                    ($name::$op, Width::W64) => Instruction::$wide,)*
                }
            }
        }
    };
}

operators! {
    /// Two operands, result of the same width.
    Bin:
    Add I32Add I64Add,
    Sub I32Sub I64Sub,
    Mul I32Mul I64Mul,
    DivS I32DivS I64DivS,
    DivU I32DivU I64DivU,
    RemS I32RemS I64RemS,
    RemU I32RemU I64RemU,
    And I32And I64And,
    Or I32Or I64Or,
    Xor I32Xor I64Xor,
    Shl I32Shl I64Shl,
    ShrS I32ShrS I64ShrS,
    ShrU I32ShrU I64ShrU,
    Rotl I32Rotl I64Rotl,
    Rotr I32Rotr I64Rotr,
}

operators! {
    /// Two operands, a truth value.
    Cmp:
    Eq I32Eq I64Eq,
    Ne I32Ne I64Ne,
    LtS I32LtS I64LtS,
    LtU I32LtU I64LtU,
    GtS I32GtS I64GtS,
    GtU I32GtU I64GtU,
    LeS I32LeS I64LeS,
    LeU I32LeU I64LeU,
    GeS I32GeS I64GeS,
    GeU I32GeU I64GeU,
}

impl Bin {
    /// Returns the result for two constants, or nothing where it traps.
    pub(crate) fn eval(self, width: Width, a: u64, b: u64) -> Option<u64> {
        let mask = width.mask();
        let (a, b) = (a & mask, b & mask);
        let (sa, sb) = (width.signed(a), width.signed(b));
        let shift = (b % width.bits()) as u32;
        let back = ((width.bits() - u64::from(shift)) % width.bits()) as u32;
        let overflows = sb == -1 && a == 1 << (width.bits() - 1);
        let value = match self {
            Bin::Add => a.wrapping_add(b),
            Bin::Sub => a.wrapping_sub(b),
            Bin::Mul => a.wrapping_mul(b),
            Bin::DivS if b == 0 || overflows => return None,
            Bin::DivS => (sa / sb) as u64,
            Bin::DivU if b == 0 => return None,
            Bin::DivU => a / b,
            Bin::RemS if b == 0 => return None,
            Bin::RemS if sb == -1 => 0,
            Bin::RemS => (sa % sb) as u64,
            Bin::RemU if b == 0 => return None,
            Bin::RemU => a % b,
            Bin::And => a & b,
            Bin::Or => a | b,
            Bin::Xor => a ^ b,
            Bin::Shl => a << shift,
            Bin::ShrS => (sa >> shift) as u64,
            Bin::ShrU => a >> shift,
            Bin::Rotl => (a << shift) | if shift == 0 { 0 } else { a >> back },
            Bin::Rotr => (a >> shift) | if shift == 0 { 0 } else { a << back },
        };
        Some(value & mask)
    }

    pub(crate) fn commutes(self) -> bool {
        matches!(self, Bin::Add | Bin::Mul | Bin::And | Bin::Or | Bin::Xor)
    }
}

impl Cmp {
    pub(crate) fn eval(self, width: Width, a: u64, b: u64) -> bool {
        let (a, b) = (a & width.mask(), b & width.mask());
        let (sa, sb) = (width.signed(a), width.signed(b));
        match self {
            Cmp::Eq => a == b,
            Cmp::Ne => a != b,
            Cmp::LtS => sa < sb,
            Cmp::LtU => a < b,
            Cmp::GtS => sa > sb,
            Cmp::GtU => a > b,
            Cmp::LeS => sa <= sb,
            Cmp::LeU => a <= b,
            Cmp::GeS => sa >= sb,
            Cmp::GeU => a >= b,
        }
    }

    /// Returns the comparison that holds exactly where this one does not.
    pub(crate) fn inverse(self) -> Cmp {
        match self {
            Cmp::Eq => Cmp::Ne,
            Cmp::Ne => Cmp::Eq,
            Cmp::LtS => Cmp::GeS,
            Cmp::LtU => Cmp::GeU,
            Cmp::GtS => Cmp::LeS,
            Cmp::GtU => Cmp::LeU,
            Cmp::LeS => Cmp::GtS,
            Cmp::LeU => Cmp::GtU,
            Cmp::GeS => Cmp::LtS,
            Cmp::GeU => Cmp::LtU,
        }
    }

    /// Returns the comparison that says the same of the operands the other way round.
    pub(crate) fn swapped(self) -> Cmp {
        match self {
            Cmp::Eq => Cmp::Eq,
            Cmp::Ne => Cmp::Ne,
            Cmp::LtS => Cmp::GtS,
            Cmp::LtU => Cmp::GtU,
            Cmp::GtS => Cmp::LtS,
            Cmp::GtU => Cmp::LtU,
            Cmp::LeS => Cmp::GeS,
            Cmp::LeU => Cmp::GeU,
            Cmp::GeS => Cmp::LeS,
            Cmp::GeU => Cmp::LeU,
        }
    }

    /// Returns what it says of two equal operands.
    pub(crate) fn of_equals(self) -> bool {
        matches!(self, Cmp::Eq | Cmp::LeS | Cmp::LeU | Cmp::GeS | Cmp::GeU)
    }
}

/// Returns the width and value of an integer constant.
pub(crate) fn constant(op: &Operator<'_>) -> Option<(Width, u64)> {
    match *op {
        Operator::I32Const { value } => Some((Width::W32, u64::from(value as u32))),
        Operator::I64Const { value } => Some((Width::W64, value as u64)),
        _ => None,
    }
}

/// Returns the width of an `eqz`.
pub(crate) fn eqz(op: &Operator<'_>) -> Option<Width> {
    match op {
        Operator::I32Eqz => Some(Width::W32),
        Operator::I64Eqz => Some(Width::W64),
        _ => None,
    }
}

/// Returns `eqz` in `width`.
pub(crate) fn eqz_of(width: Width) -> Instruction<'static> {
    match width {
        Width::W32 => Instruction::I32Eqz,
        Width::W64 => Instruction::I64Eqz,
    }
}

/// Returns the instruction that says the opposite of `op` about the same operands, if there is one.
///
/// Of floating-point comparisons only equality has one: the others are false both ways for a NaN.
pub(crate) fn inverse(op: &Operator<'_>) -> Option<Instruction<'static>> {
    if let Some((width, cmp)) = Cmp::of(op) {
        return Some(cmp.inverse().instruction(width));
    }
    match op {
        Operator::F32Eq => Some(Instruction::F32Ne),
        Operator::F32Ne => Some(Instruction::F32Eq),
        Operator::F64Eq => Some(Instruction::F64Ne),
        Operator::F64Ne => Some(Instruction::F64Eq),
        _ => None,
    }
}

/// Returns the result of a one-operand integer operator or conversion for a constant, with its width.
pub(crate) fn eval_unary(op: &Operator<'_>, a: u64) -> Option<(Width, u64)> {
    use Operator as O;
    let (w32, w64) = (Width::W32, Width::W64);
    let narrow = a as u32;
    Some(match op {
        O::I32Eqz => (w32, u64::from(narrow == 0)),
        O::I64Eqz => (w32, u64::from(a == 0)),
        O::I32Clz => (w32, u64::from(narrow.leading_zeros())),
        O::I32Ctz => (w32, u64::from(narrow.trailing_zeros())),
        O::I32Popcnt => (w32, u64::from(narrow.count_ones())),
        O::I64Clz => (w64, u64::from(a.leading_zeros())),
        O::I64Ctz => (w64, u64::from(a.trailing_zeros())),
        O::I64Popcnt => (w64, u64::from(a.count_ones())),
        O::I32Extend8S => (w32, u64::from(a as i8 as i32 as u32)),
        O::I32Extend16S => (w32, u64::from(a as i16 as i32 as u32)),
        O::I64Extend8S => (w64, a as i8 as i64 as u64),
        O::I64Extend16S => (w64, a as i16 as i64 as u64),
        O::I64Extend32S | O::I64ExtendI32S => (w64, a as i32 as i64 as u64),
        O::I64ExtendI32U => (w64, u64::from(narrow)),
        O::I32WrapI64 => (w32, u64::from(narrow)),
        _ => return None,
    })
}

/// Returns the largest value, as an unsigned number, that `op` can put on the stack; nothing where it can be any.
pub(crate) fn largest(op: &Operator<'_>) -> Option<u64> {
    use Operator as O;
    if let Some((_, value)) = constant(op) {
        return Some(value);
    }
    if Cmp::of(op).is_some() {
        return Some(1);
    }
    Some(match op {
        O::I32Eqz
        | O::I64Eqz
        | O::F32Eq
        | O::F32Ne
        | O::F32Lt
        | O::F32Gt
        | O::F32Le
        | O::F32Ge
        | O::F64Eq
        | O::F64Ne
        | O::F64Lt
        | O::F64Gt
        | O::F64Le
        | O::F64Ge
        | O::RefIsNull => 1,
        O::I32Load8U { .. } | O::I64Load8U { .. } => 0xff,
        O::I32Load16U { .. } | O::I64Load16U { .. } => 0xffff,
        O::I64Load32U { .. } | O::I64ExtendI32U => 0xffff_ffff,
        O::I32Clz | O::I32Ctz | O::I32Popcnt => 32,
        O::I64Clz | O::I64Ctz | O::I64Popcnt => 64,
        _ => return None,
    })
}

/// Returns the smallest number of the form 2^k - 1 that is no smaller than `value`.
pub(crate) fn cover(value: u64) -> u64 {
    if value == 0 { 0 } else { u64::MAX >> value.leading_zeros() }
}
