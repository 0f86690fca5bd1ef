//! The contract in `wit/` and the mark that generated bindings carry of it.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// The folder of the contract, relative to the root.
const FOLDER: &str = "wit";

/// The start of the line that says which contract a generated file belongs to.
pub const MARK: &str = "// Contract: wit/, FNV-1a ";

/// The checksum of the contract: 16 hexadecimal digits.
///
/// FNV-1a over the name and the content of every file, in the order of their names, with a zero byte after each
/// of both. It tells a changed contract from the same one; nobody is kept from forging it.
pub fn checksum(root: &Path) -> Result<String, Failure> {
    let folder = root.join(FOLDER);
    let entries = fs::read_dir(&folder).map_err(|error| Failure::io("list", &folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::io("list", &folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut bytes = Vec::new();
    for path in paths {
        bytes.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
        bytes.push(0);
        bytes.extend(fs::read(&path).map_err(|error| Failure::io("read", &path, error))?);
        bytes.push(0);
    }
    Ok(format!("{:016x}", fnv1a(&bytes)))
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(super::fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(super::fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
