//! The forms in which an assembled program is handed on: hexadecimal text, Intel HEX, and the parts of a JSON object.

use super::Assembly;
use super::map::SymbolKind;

/// How many bytes a record of Intel HEX holds.
const RECORD_LEN: usize = 16;

/// Returns the bytes as pairs of lower-case hexadecimal digits with spaces between them.
#[must_use]
pub fn hex(code: &[u8]) -> String {
    let pairs: Vec<String> = code.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// Returns the bytes as Intel HEX: records of 16 bytes from address 0, ended by an end-of-file record.
///
/// Where an address passes 16 bits, a record of its upper half (type 04) stands before it. Every line ends with a
/// newline.
#[must_use]
pub fn intel_hex(code: &[u8]) -> String {
    let mut text = String::new();
    let mut upper = 0;
    for (idx, bytes) in code.chunks(RECORD_LEN).enumerate() {
        let address = idx * RECORD_LEN;
        if address >> 16 != upper {
            upper = address >> 16;
            text += &record(0, 4, &low_half(upper));
        }
        text += &record(address, 0, bytes);
    }
    text + &record(0, 1, &[])
}

/// The low 16 bits, most significant byte first.
fn low_half(number: usize) -> [u8; 2] {
    [(number >> 8) as u8, number as u8]
}

fn record(address: usize, kind: u8, bytes: &[u8]) -> String {
    // INVARIANT: a record holds at most 16 bytes.
    let mut record = vec![bytes.len() as u8];
    record.extend(low_half(address));
    record.push(kind);
    record.extend(bytes);
    // The sum of all bytes of a record, its checksum included, is zero.
    let sum = record.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    record.push(sum.wrapping_neg());
    let digits: String = record.iter().map(|byte| format!("{byte:02X}")).collect();
    format!(":{digits}\n")
}

/// What a JSON object about an assembled program holds; the caller writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Always `flux-bytecode`.
    pub format: &'static str,
    /// The length of the code, in bytes.
    pub size: usize,
    /// The code in lower-case hexadecimal digits, without spaces.
    pub bytecode_hex: String,
    /// Labels and constants, by name.
    pub symbols: Vec<SummarySymbol>,
    /// Which bytes came from which line, in the order of the code.
    pub source_map: Vec<SummaryLine>,
}

/// A label or a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummarySymbol {
    /// Its name.
    pub name: String,
    /// The address of a label, the last value of a constant.
    pub value: i64,
    /// Which of them it is.
    pub kind: SymbolKind,
}

/// Where some bytes came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryLine {
    /// Where in the code they begin.
    pub offset: usize,
    /// How many there are.
    pub length: usize,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Returns what is to be said of an assembly in JSON; nothing without a program.
#[must_use]
pub fn summary(assembly: &Assembly) -> Option<Summary> {
    let program = assembly.program.as_ref()?;
    let symbols = assembly.symbols.iter();
    let lines = assembly.source_map.entries().iter();
    Some(Summary {
        format: "flux-bytecode",
        size: program.code.len(),
        bytecode_hex: program.code.iter().map(|byte| format!("{byte:02x}")).collect(),
        symbols: symbols
            .map(|(name, symbol)| SummarySymbol {
                name: name.clone(),
                value: symbol.value,
                kind: symbol.kind,
            })
            .collect(),
        source_map: lines
            .map(|entry| SummaryLine {
                offset: entry.offset,
                length: entry.len,
                file: assembly.sources.name(entry.span.file).to_owned(),
                line: entry.line,
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{hex, intel_hex};

    #[test]
    fn hexadecimal_text_has_spaces() {
        assert_eq!(hex(&[0x2b, 0, 42, 0, 0x80]), "2b 00 2a 00 80");
        assert_eq!(hex(&[]), "");
    }

    #[test]
    fn the_sums_of_intel_hex_are_right() {
        // The example of the format's description.
        let bytes =
            [0x21, 0x46, 0x01, 0x36, 0x01, 0x21, 0x47, 0x01, 0x36, 0x00, 0x7E, 0xFE, 0x09, 0xD2, 0x19, 0x01];
        let mut code = vec![0; 0x100];
        code.extend(bytes);
        let text = intel_hex(&code);
        assert!(text.contains(":10010000214601360121470136007EFE09D2190140\n"), "{text}");
        assert!(text.ends_with(":00000001FF\n"));
        for line in text.lines() {
            let bytes: Vec<u8> = (1..line.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&line[at..at + 2], 16).unwrap())
                .collect();
            assert_eq!(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0, "{line}");
        }
    }

    #[test]
    fn long_code_says_the_upper_half_of_its_addresses() {
        let text = intel_hex(&vec![0; 0x1_0001]);
        assert!(text.contains(":020000040001F9\n:0100000000FF\n"), "{text}");
    }
}
