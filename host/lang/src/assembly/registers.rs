//! The names of registers.

/// A register as it was written: its bank and its number, which may be past the end of the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// `R`, `F` or `V`.
    pub(crate) bank: char,
    pub(crate) number: u32,
}

/// What a name says as a register, in any case: `R3`, `F31`, `V0`, and `SP`, `FP` and `LR` for their places.
pub(crate) fn parse(name: &str) -> Option<Written> {
    let written = |bank, number| Some(Written { bank, number });
    match name.to_ascii_uppercase().as_str() {
        "SP" => return written('R', 11),
        "FP" => return written('R', 14),
        "LR" => return written('R', 15),
        _ => {}
    }
    let bank = name.chars().next()?.to_ascii_uppercase();
    let digits = name.get(1..)?;
    let is_number =
        !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(bank, 'R' | 'F' | 'V') || !is_number {
        return None;
    }
    written(bank, digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn registers_are_known_by_bank_and_number() {
        let parts = |name| parse(name).map(|written| (written.bank, written.number));
        assert_eq!(parts("R0"), Some(('R', 0)));
        assert_eq!(parts("f31"), Some(('F', 31)));
        assert_eq!(parts("V99"), Some(('V', 99)));
        assert_eq!(parts("sp"), Some(('R', 11)));
        assert_eq!(parts("R"), None);
        assert_eq!(parts("Result"), None);
        assert_eq!(parts("R1234"), None);
        assert_eq!(parts("x1"), None);
    }
}
