//! Expressions that people type at a prompt: 64-bit integers, registers, labels, operators as in C.

use flux_lang::assembly::{self, Limits, NoIncludes};
use flux_vm::Machine;
use flux_vm::isa::{FP, LR, N_R, SP};

use super::names::Names;

/// The name under which the assembler is asked for a value.
const VALUE: &str = "__value";

/// Computes `text`; `word` says what a name stands for.
///
/// # Errors
/// What is wrong with it, as a fragment.
pub(crate) fn evaluate(text: &str, word: &dyn Fn(&str) -> Option<i64>) -> Result<i64, String> {
    let source = format!(".set {VALUE} {}\nHALT\n", substitute(text, word)?);
    let assembly = assembly::assemble("expression", &source, &NoIncludes, &Limits::DEFAULT);
    match assembly.symbols.get(VALUE) {
        Some(symbol) if assembly.program.is_some() => Ok(symbol.value),
        _ => Err(assembly.diagnostics.first().map_or_else(
            || format!("expected a number, found `{text}`"),
            |diagnostic| diagnostic.message().to_owned(),
        )),
    }
}

/// What `name` stands for in a machine: a register, `PC`, `CYCLES`, or a label.
pub(crate) fn in_machine(machine: &Machine<'_>, names: &Names, name: &str) -> Option<i64> {
    if let Some(number) = register(name) {
        return Some(machine.r(number));
    }
    match name.to_ascii_uppercase().as_str() {
        "PC" => Some(machine.pc().into()),
        "CYCLES" => i64::try_from(machine.cycles()).ok(),
        _ => names.offset(name).map(i64::from),
    }
}

/// The number of an R register, by its name or by `SP`, `FP`, `LR`, in any case.
pub(crate) fn register(name: &str) -> Option<u8> {
    match name.to_ascii_uppercase().as_str() {
        "SP" => Some(SP),
        "FP" => Some(FP),
        "LR" => Some(LR),
        upper => numbered(upper, 'R', N_R),
    }
}

/// The number of a register of a bank: of `F7` in the bank `F`, 7.
pub(crate) fn numbered(upper: &str, letter: char, n: usize) -> Option<u8> {
    let digits = upper.strip_prefix(letter)?;
    let number: u8 = digits.parse().ok()?;
    (usize::from(number) < n && number.to_string() == digits).then_some(number)
}

/// Writes the values of names in their places.
fn substitute(text: &str, word: &dyn Fn(&str) -> Option<i64>) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let len = if first == '\'' {
            rest[1..].find('\'').map_or(rest.len(), |at| at + 2)
        } else if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(len);
        rest = after;
        if first.is_ascii_alphabetic() || first == '_' {
            let value = word(token).ok_or_else(|| format!("nothing is called `{token}`"))?;
            result.push_str(&literal(value));
        } else if first == '@' || first == ';' || first == '\n' {
            return Err(format!("expected a number, found `{first}`"));
        } else {
            result.push_str(token);
        }
    }
    Ok(result)
}

/// A number as the assembler reads it: the least one has no literal of its own.
fn literal(value: i64) -> String {
    match value {
        i64::MIN => format!("({} - 1)", i64::MIN + 1),
        value => format!("({value})"),
    }
}

#[cfg(test)]
mod tests {
    use super::{evaluate, numbered, register};

    fn check(text: &str, expected: Result<i64, &str>) {
        let word = |name: &str| match name {
            "R1" => Some(-5),
            "least" => Some(i64::MIN),
            _ => None,
        };
        assert_eq!(
            evaluate(text, &word).as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|it| *it),
            "{text}"
        );
    }

    #[test]
    fn names_stand_for_numbers() {
        check("R1 * 2 + 0x10", Ok(6));
        check("-R1", Ok(5));
        check("least", Ok(i64::MIN));
        check("'a' + 1", Ok(98));
        check("1 << 40", Ok(1 << 40));
        check("nobody + 1", Err("nothing is called `nobody`"));
        check("1 / 0", Err("this divides by zero"));
        check("1 +", Err("expected a number or a label"));
        check("1 ; 2", Err("expected a number, found `;`"));
    }

    #[test]
    fn registers_have_names() {
        assert_eq!(
            ["r3", "SP", "R15", "R16", "R03", "Rx"].map(register),
            [Some(3), Some(11), Some(15), None, None, None]
        );
        assert_eq!(numbered("F31", 'F', 32), Some(31));
    }
}
