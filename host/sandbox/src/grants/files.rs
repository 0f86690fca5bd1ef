//! `files`: a scratch folder of the run's own.
//!
//! The folder is made at the first write and removed with the run. It is opened with cap-std, so no path leads out
//! of it whatever it says; paths are also held against plain rules before, so that a refusal is the same on every
//! system. Sizes and names are kept here, not read back, so quota and listing do not depend on the file system.

use std::collections::BTreeMap;
use std::io;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tempfile::TempDir;
use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use crate::cell::{Cell, charge};
use crate::ending::{Fault, FaultCode};
use crate::grants::wire::outbound;

/// The longest path, in bytes; with the folder's own path before it this fits every common system.
const MAX_PATH_BYTES: usize = 200;

/// The scratch folder of one run.
pub(crate) struct Scratch {
    /// The folder, once something has been written. The handle goes before the folder does.
    folder: Option<(Dir, TempDir)>,
    sizes: BTreeMap<String, usize>,
    max_bytes: usize,
    max_files: usize,
}

impl Scratch {
    pub(crate) fn new(max_bytes: usize, max_files: usize) -> Self {
        Self { folder: None, sizes: BTreeMap::new(), max_bytes, max_files }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        check(path)?;
        match &self.folder {
            Some((folder, _)) if self.sizes.contains_key(path) => {
                folder.read(path).map_err(|error| failed(&error))
            }
            _ => Err(missing(path)),
        }
    }

    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), Fault> {
        check(path)?;
        let old = self.sizes.get(path).copied();
        let bytes = self.sizes.values().sum::<usize>() - old.unwrap_or(0) + content.len();
        if bytes > self.max_bytes {
            return Err(exhausted(format!(
                "the folder may hold {} bytes, {bytes} are needed",
                self.max_bytes
            )));
        }
        if old.is_none() && self.sizes.len() >= self.max_files {
            return Err(exhausted(format!("the folder may hold {} files", self.max_files)));
        }
        // A name cannot be a file and a folder; asked here so that the answer is the same on every system.
        let is_folder =
            self.sizes.keys().any(|file| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')));
        let under_file = path.match_indices('/').any(|(i, _)| self.sizes.contains_key(&path[..i]));
        if is_folder || under_file {
            return Err(fault(FaultCode::Denied, format!("`{path}` would be a file and a folder")));
        }
        let folder = self.open().map_err(|error| failed(&error))?;
        if let Some((parent, _)) = path.rsplit_once('/') {
            folder.create_dir_all(parent).map_err(|error| failed(&error))?;
        }
        folder.write(path, content).map_err(|error| failed(&error))?;
        self.sizes.insert(path.to_owned(), content.len());
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), Fault> {
        check(path)?;
        match &self.folder {
            Some((folder, _)) if self.sizes.contains_key(path) => {
                folder.remove_file(path).map_err(|error| failed(&error))?;
                self.sizes.remove(path);
                Ok(())
            }
            _ => Err(missing(path)),
        }
    }

    fn open(&mut self) -> io::Result<&Dir> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => {
                let place = tempfile::Builder::new().prefix("flux-run-").tempdir()?;
                (Dir::open_ambient_dir(place.path(), ambient_authority())?, place)
            }
        };
        Ok(&self.folder.insert(folder).0)
    }
}

/// Holds a path against the rules of the contract.
fn check(path: &str) -> Result<(), Fault> {
    let denied = |why: &str| Err(fault(FaultCode::Denied, format!("`{}` {why}", path.escape_debug())));
    if path.len() > MAX_PATH_BYTES {
        return Err(fault(
            FaultCode::Denied,
            format!("the path has {} bytes, the limit is {MAX_PATH_BYTES}", path.len()),
        ));
    }
    if path.contains(['\\', '\0', ':']) {
        return denied("has a character that paths may not have");
    }
    for name in path.split('/') {
        match name {
            "" => return denied("is absolute or has an empty name in it"),
            "." | ".." => return denied("has `.` or `..` in it"),
            _ => {}
        }
    }
    Ok(())
}

fn fault(code: FaultCode, message: String) -> Fault {
    Fault { code, message }
}

fn missing(path: &str) -> Fault {
    fault(FaultCode::NotFound, format!("there is no file `{path}`"))
}

fn exhausted(message: String) -> Fault {
    fault(FaultCode::Exhausted, message)
}

/// The kind of error without the system's wording, so that a genome sees the same on every machine.
fn failed(error: &io::Error) -> Fault {
    fault(FaultCode::Failed, format!("the file system answered: {}", error.kind()))
}

pub(crate) fn link(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("read", |mut store: StoreContextMut<'_, Cell>, (path,): (String,)| {
        let (bytes, result) = outbound(store.data().scratch.read(&path), Vec::len);
        charge(&mut store, path.len() + bytes)?;
        Ok((result,))
    })?;
    instance.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, Cell>, (path, content): (String, Vec<u8>)| {
            charge(&mut store, path.len() + content.len())?;
            let (_, result) = outbound(store.data_mut().scratch.write(&path, &content), |()| 0);
            Ok((result,))
        },
    )?;
    instance.func_wrap("remove", |mut store: StoreContextMut<'_, Cell>, (path,): (String,)| {
        charge(&mut store, path.len())?;
        let (_, result) = outbound(store.data_mut().scratch.remove(&path), |()| 0);
        Ok((result,))
    })?;
    instance.func_wrap("paths", |mut store: StoreContextMut<'_, Cell>, (): ()| {
        let paths: Vec<String> = store.data().scratch.sizes.keys().cloned().collect();
        charge(&mut store, paths.iter().map(String::len).sum())?;
        Ok((Ok::<_, super::wire::WireFault>(paths),))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> Scratch {
        Scratch::new(100, 3)
    }

    fn code(result: Result<(), Fault>) -> Option<FaultCode> {
        result.err().map(|fault| fault.code)
    }

    #[test]
    fn what_was_written_is_read_back_and_goes_with_the_run() {
        let mut scratch = scratch();
        scratch.write("a/b.txt", b"one").expect("writes");
        scratch.write("a/b.txt", b"two").expect("writes over");
        assert_eq!(scratch.read("a/b.txt"), Ok(b"two".to_vec()));
        let place = scratch.folder.as_ref().map(|(_, place)| place.path().to_owned()).expect("a folder");
        assert!(place.exists());
        drop(scratch);
        assert!(!place.exists());
    }

    #[test]
    fn no_path_leads_out() {
        let mut scratch = scratch();
        for path in ["..", "../x", "a/../../x", "/etc/passwd", "", ".", "./x", "a//b", "a\\b", "a\0b", "C:x"]
        {
            assert_eq!(code(scratch.write(path, b"x")), Some(FaultCode::Denied), "{path:?}");
            assert_eq!(scratch.read(path).err().map(|fault| fault.code), Some(FaultCode::Denied), "{path:?}");
            assert_eq!(code(scratch.remove(path)), Some(FaultCode::Denied), "{path:?}");
        }
        assert!(scratch.folder.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_somebody_put_there_is_not_followed() {
        let outside = tempfile::tempdir().expect("a folder");
        std::fs::write(outside.path().join("secret"), "secret").expect("writes");
        let mut scratch = scratch();
        scratch.write("seed", b"x").expect("writes");
        let place = scratch.folder.as_ref().map(|(_, place)| place.path().to_owned()).expect("a folder");
        std::os::unix::fs::symlink(outside.path(), place.join("out")).expect("links");
        scratch.sizes.insert("out/secret".to_owned(), 6);
        assert!(scratch.read("out/secret").is_err());
        assert!(scratch.write("out/new", b"x").is_err());
        assert!(!outside.path().join("new").exists());
    }

    #[test]
    fn the_quota_holds_at_its_edge_and_what_was_there_stays() {
        let mut scratch = scratch();
        scratch.write("a", &[1; 100]).expect("fits");
        assert_eq!(code(scratch.write("b", &[1; 1])), Some(FaultCode::Exhausted));
        assert_eq!(code(scratch.write("a", &[1; 101])), Some(FaultCode::Exhausted));
        assert_eq!(scratch.read("a").map(|content| content.len()), Ok(100));
        scratch.write("a", b"").expect("frees");
        scratch.write("b", b"").expect("fits");
        scratch.write("c", b"").expect("fits");
        assert_eq!(code(scratch.write("d", b"")), Some(FaultCode::Exhausted));
        scratch.remove("c").expect("removes");
        assert_eq!(code(scratch.remove("c")), Some(FaultCode::NotFound));
        scratch.write("d", b"").expect("fits again");
    }

    #[test]
    fn a_name_is_a_file_or_a_folder() {
        let mut scratch = scratch();
        scratch.write("a/b", b"").expect("writes");
        assert_eq!(code(scratch.write("a", b"")), Some(FaultCode::Denied));
        assert_eq!(code(scratch.write("a/b/c", b"")), Some(FaultCode::Denied));
    }
}
