//! Comparisons and tests of flags, as operands name them.

/// The comparisons of `ICMP`, by their numbers from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less, of the low 32 bits without sign.
    Ult,
    /// Less or equal, of the low 32 bits without sign.
    Ule,
    /// Greater, of the low 32 bits without sign.
    Ugt,
    /// Greater or equal, of the low 32 bits without sign.
    Uge,
}

impl Condition {
    /// All comparisons, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::Ult,
        Self::Ule,
        Self::Ugt,
        Self::Uge,
    ];

    /// Returns the comparison with this number, if there is one.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// Returns the name in lower case, such as `ult`.
    pub const fn name(self) -> &'static str {
        ["eq", "ne", "lt", "le", "gt", "ge", "ult", "ule", "ugt", "uge"][self as usize]
    }

    /// Says whether it holds for `a` and `b`.
    pub const fn holds(self, a: i64, b: i64) -> bool {
        // The low 32 bits are meant.
        let (low_a, low_b) = (a as u32, b as u32);
        match self {
            Self::Eq => a == b,
            Self::Ne => a != b,
            Self::Lt => a < b,
            Self::Le => a <= b,
            Self::Gt => a > b,
            Self::Ge => a >= b,
            Self::Ult => low_a < low_b,
            Self::Ule => low_a <= low_b,
            Self::Ugt => low_a > low_b,
            Self::Uge => low_a >= low_b,
        }
    }
}

/// The tests of `SETCC`, by their numbers from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagTest {
    /// Z.
    Z,
    /// Not Z.
    Nz,
    /// S.
    S,
    /// Not S.
    Ns,
    /// Neither Z nor S.
    G,
    /// Z or S.
    Le,
    /// C.
    C,
    /// Not C.
    Nc,
    /// V.
    V,
    /// Not V.
    Nv,
}

impl FlagTest {
    /// All tests, in the order of their numbers.
    pub const ALL: [Self; 10] =
        [Self::Z, Self::Nz, Self::S, Self::Ns, Self::G, Self::Le, Self::C, Self::Nc, Self::V, Self::Nv];

    /// Returns the test with this number, if there is one.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// Returns the name in lower case, such as `nz`.
    pub const fn name(self) -> &'static str {
        ["z", "nz", "s", "ns", "g", "le", "c", "nc", "v", "nv"][self as usize]
    }
}
