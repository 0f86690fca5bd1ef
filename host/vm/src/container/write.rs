//! From a program to bytes.

use super::{
    CHECKSUM_AT, ContainerError, FUNCTION_LEN, HEADER_LEN, Landing, MAGIC, MAX_CONTAINER_BYTES, Program,
    SECTION_MAGIC, SECTION_VERSION, VERSION, checksum, too_long,
};

/// Writes a program that was checked.
pub(super) fn container(program: &Program) -> Result<Vec<u8>, ContainerError> {
    let n_functions = count("functions", program.functions.len())?;
    let n_types = count("types", program.types.len())?;
    let mut names = Vec::new();
    let mut functions = Vec::new();
    for function in &program.functions {
        // A container that the length check below lets through has shorter names than that.
        functions.extend((names.len() as u32).to_le_bytes());
        functions.extend(function.offset.to_le_bytes());
        functions.extend(function.len.to_le_bytes());
        names.extend(function.name.as_bytes());
        names.push(0);
    }
    let (listed, pads) = match &program.landing {
        Landing::Anywhere => (0, [].as_slice()),
        Landing::Listed(pads) => (1, pads.as_slice()),
    };
    let mut bytes = Vec::new();
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(n_functions.to_le_bytes());
    bytes.extend((HEADER_LEN as u32).to_le_bytes());
    let code_offset_at = bytes.len();
    bytes.extend([0; 4]);
    bytes.extend(n_types.to_le_bytes());
    bytes.extend(program.types.iter().flatten());
    bytes.extend(names);

    let section_at = bytes.len();
    bytes.extend(SECTION_MAGIC);
    bytes.extend([SECTION_VERSION, program.inputs, program.outputs, listed]);
    bytes.extend([0; 4]);
    bytes.extend(program.entry.to_le_bytes());
    bytes.extend((pads.len() as u32).to_le_bytes());
    bytes.extend(pads.iter().flat_map(|pad| pad.to_le_bytes()));

    debug_assert_eq!(functions.len(), program.functions.len() * FUNCTION_LEN);
    bytes.extend(functions);
    let code_at = bytes.len();
    if code_at + program.code.len() > MAX_CONTAINER_BYTES {
        return Err(too_long("a container", MAX_CONTAINER_BYTES, code_at + program.code.len()));
    }
    bytes[code_offset_at..code_offset_at + 4].copy_from_slice(&(code_at as u32).to_le_bytes());
    bytes.extend(&program.code);
    let sum = checksum(&bytes, section_at).to_le_bytes();
    let sum_at = section_at + CHECKSUM_AT;
    bytes[sum_at..sum_at + 4].copy_from_slice(&sum);
    Ok(bytes)
}

fn count(what: &'static str, actual: usize) -> Result<u16, ContainerError> {
    let expected = "at most 65,535";
    u16::try_from(actual).map_err(|_| ContainerError::Field { what, value: actual as u64, expected })
}
