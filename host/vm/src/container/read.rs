//! From bytes to a program.

use super::{
    ContainerError, FUNCTION_LEN, Function, HEADER_LEN, Landing, Program, SECTION_LEN, SECTION_MAGIC,
    SECTION_VERSION, VERSION, checksum,
};

/// Reads a container that begins with its magic.
pub(super) fn container(bytes: &[u8]) -> Result<Program, ContainerError> {
    let mut header = Reader { bytes, at: 4, part: "header" };
    let version = header.half()?;
    if version != VERSION {
        return Err(ContainerError::Version { what: "container", expected: VERSION, found: version });
    }
    let _flags = header.half()?;
    let n_functions = usize::from(header.half()?);
    let type_table = header.word()? as usize;
    let code_at = header.word()? as usize;
    if type_table != HEADER_LEN {
        return Err(ContainerError::TypeTable { expected: HEADER_LEN, found: type_table });
    }
    if code_at > bytes.len() {
        return Err(ContainerError::Truncated("code"));
    }
    let misplaced = ContainerError::CodeOffset { found: code_at };
    // What stands before the code may not reach into it.
    let functions_at = code_at.checked_sub(n_functions * FUNCTION_LEN).ok_or(misplaced.clone())?;
    if functions_at < HEADER_LEN {
        return Err(misplaced);
    }
    let mut reader = Reader { bytes: &bytes[..functions_at], at: HEADER_LEN, part: "type table" };
    let types = read_types(&mut reader)?;
    reader.part = "function names";
    let names = reader.names(n_functions)?;
    let code = bytes[code_at..].to_vec();
    let section_at = reader.at;
    let functions = read_functions(&bytes[functions_at..code_at], names, code.len())?;
    let mut program = Program { functions, types, ..Program::raw(code) };
    if bytes[section_at..functions_at].starts_with(&SECTION_MAGIC) {
        reader.part = "section `FLX+`";
        read_section(&mut reader, &mut program)?;
        if reader.at != functions_at {
            return Err(ContainerError::Field {
                what: "the length of the section `FLX+`",
                value: (functions_at - section_at) as u64,
                expected: "what its landing table needs",
            });
        }
        let found = Reader { bytes, at: section_at + super::CHECKSUM_AT, part: "section `FLX+`" }.word()?;
        let expected = checksum(bytes, section_at);
        if found != expected {
            return Err(ContainerError::Checksum { expected, found });
        }
    }
    Ok(program)
}

fn read_section(reader: &mut Reader<'_>, program: &mut Program) -> Result<(), ContainerError> {
    let section = reader.take(SECTION_LEN)?;
    let &[_, _, _, _, version, inputs, outputs, listed, _, _, _, _, ref rest @ ..] = section else {
        return Err(ContainerError::Truncated("section `FLX+`"));
    };
    if version != SECTION_VERSION {
        let (expected, found) = (SECTION_VERSION.into(), version.into());
        return Err(ContainerError::Version { what: "section `FLX+`", expected, found });
    }
    let mut rest = Reader { bytes: rest, at: 0, part: "section `FLX+`" };
    program.entry = rest.word()?;
    let n_pads = rest.word()? as usize;
    let table = reader.take(n_pads.saturating_mul(4))?;
    let pads = table.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    program.landing = match listed {
        0 if n_pads == 0 => Landing::Anywhere,
        1 => Landing::Listed(pads.collect()),
        other => {
            let (what, value) = ("the kind of the landing table", other.into());
            return Err(ContainerError::Field { what, value, expected: "1, or 0 and no table" });
        }
    };
    program.inputs = inputs;
    program.outputs = outputs;
    Ok(())
}

/// Takes entries as they are: only their lengths are of interest.
fn read_types(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, ContainerError> {
    let n_types = reader.half()?;
    let mut types = Vec::new();
    for _ in 0..n_types {
        let begin = reader.at;
        skip_type(reader)?;
        types.push(reader.bytes[begin..reader.at].to_vec());
    }
    Ok(types)
}

fn skip_type(reader: &mut Reader<'_>) -> Result<(), ContainerError> {
    match reader.byte()? {
        0x03 | 0x04 | 0x05 | 0x0e | 0x0f => Ok(()),
        0x02 => reader.skip(1),
        0x00 | 0x01 | 0x06 => reader.skip(2),
        0x07 => reader.skip(6),
        0x08 => reader.skip(3),
        0x09 => {
            let n_ids = usize::from(reader.half()?) + usize::from(reader.half()?);
            reader.skip(n_ids * 2)
        }
        0x0a => {
            reader.skip_text()?;
            for _ in 0..reader.half()? {
                reader.skip_text()?;
                reader.skip(2)?;
            }
            Ok(())
        }
        0x0b => {
            reader.skip_text()?;
            for _ in 0..reader.half()? {
                reader.skip_text()?;
                if reader.byte()? != 0 {
                    reader.skip(2)?;
                }
            }
            Ok(())
        }
        0x0c => reader.skip_text(),
        0x0d => {
            reader.skip_text()?;
            reader.skip_text()
        }
        kind => Err(ContainerError::TypeKind(kind)),
    }
}

/// Names by their offsets from the first of them.
fn read_functions(table: &[u8], names: &[u8], code_len: usize) -> Result<Vec<Function>, ContainerError> {
    let mut functions = Vec::new();
    for (at, entry) in table.chunks_exact(FUNCTION_LEN).enumerate() {
        let mut entry = Reader { bytes: entry, at: 0, part: "function table" };
        let (name_at, offset, len) = (entry.word()?, entry.word()?, entry.word()?);
        let name = names.get(name_at as usize..).and_then(|name| name.split(|&byte| byte == 0).next());
        let inside = u64::from(offset) + u64::from(len) <= code_len as u64;
        let name = name.filter(|_| inside).ok_or(ContainerError::Function(at))?;
        let name = std::str::from_utf8(name).map_err(|_| ContainerError::Name("function table"))?;
        functions.push(Function { name: name.to_owned(), offset, len });
    }
    Ok(functions)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    part: &'static str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], ContainerError> {
        let end = self.at.checked_add(len).ok_or(ContainerError::Truncated(self.part))?;
        let taken = self.bytes.get(self.at..end).ok_or(ContainerError::Truncated(self.part))?;
        self.at = end;
        Ok(taken)
    }

    fn skip(&mut self, len: usize) -> Result<(), ContainerError> {
        self.take(len).map(|_| ())
    }

    fn skip_text(&mut self) -> Result<(), ContainerError> {
        let len = usize::from(self.half()?);
        self.skip(len)
    }

    fn byte(&mut self) -> Result<u8, ContainerError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn half(&mut self) -> Result<u16, ContainerError> {
        self.take(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn word(&mut self) -> Result<u32, ContainerError> {
        self.take(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Takes so many names, each with the zero byte that ends it.
    fn names(&mut self, n_names: usize) -> Result<&'a [u8], ContainerError> {
        let begin = self.at;
        for _ in 0..n_names {
            let rest = &self.bytes[self.at..];
            let end = rest.iter().position(|&byte| byte == 0).ok_or(ContainerError::Truncated(self.part))?;
            self.at += end + 1;
        }
        Ok(&self.bytes[begin..self.at])
    }
}
