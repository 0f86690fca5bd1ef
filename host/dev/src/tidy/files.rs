//! The files that belong to the repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, output};

/// The paths of all files that git knows or would add, relative to the root, sorted.
pub fn list(root: &Path) -> Result<Vec<String>, Failure> {
    let mut command = Command::new("git");
    command.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = output(&mut command)?;
    if !listed.status.success() {
        let said = String::from_utf8_lossy(&listed.stderr);
        return Err(Failure::new(format!("git cannot list the files: {}", said.trim())));
    }
    let listed = String::from_utf8(listed.stdout)
        .map_err(|error| Failure::new(format!("a file name is not UTF-8: {error}")).hint("rename it"))?;
    let mut paths: Vec<String> =
        listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    // A file that was removed and not yet committed is still listed.
    paths.retain(|path| root.join(path).is_file());
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The text of a file, or nothing when it is binary.
pub fn read(root: &Path, path: &str) -> Result<Option<String>, Failure> {
    let path = root.join(path);
    let bytes = fs::read(&path).map_err(|error| Failure::io("read", &path, error))?;
    if bytes.contains(&0) {
        return Ok(None);
    }
    Ok(String::from_utf8(bytes).ok())
}

/// The part of a path's last name after its last dot; empty when there is none.
pub fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Whether insta left this file for somebody to decide on.
pub fn is_pending_snapshot(path: &str) -> bool {
    path.ends_with(".pending-snap") || path.ends_with(".snap.new")
}
