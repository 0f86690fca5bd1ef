//! Putting another body module into a component, with everything else byte for byte as it was.
//!
//! Rewriting works on core modules; a genome is a component. The body module is one section of the component, so that
//! taking it out and putting another in touches the section's size and contents only.

use std::ops::Range;

use wasm_encoder::Encode;

use crate::genome::{AdmitError, Genome};
use crate::limits::Bounds;

/// The id of the section of a component that holds a core module.
const CORE_MODULE: u8 = 1;

impl Genome {
    /// The body module: the core module that carries the world's function.
    ///
    /// None when it lies within a nested component, where rewriting does not reach.
    #[must_use]
    pub fn body_module(&self) -> Option<&[u8]> {
        self.bytes().get(self.body_place()?.range.clone())
    }

    /// Where the body module lies in the component's bytes; none where [`Genome::body_module`] has none.
    #[must_use]
    pub fn body_range(&self) -> Option<Range<usize>> {
        Some(self.body_place()?.range.clone())
    }

    /// Returns the genome with `module` in place of its body module.
    ///
    /// Everything outside the module's section stays as it is; with an unchanged module the bytes are the same.
    ///
    /// # Errors
    /// * [`SpliceError::NoBody`]: the body lies within a nested component.
    /// * [`SpliceError::Admit`]: what comes out is not a genome within `bounds`.
    pub fn with_body(&self, module: &[u8], bounds: &Bounds) -> Result<Self, SpliceError> {
        let place = self.body_place().ok_or(SpliceError::NoBody)?;
        Ok(Self::admit(replaced(self.bytes(), place, module).0, bounds)?)
    }
}

/// A body module cannot be put into a component.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// The component has no core module of its own that carries the world's function.
    #[error("the body of the genome lies within a nested component")]
    NoBody,
    /// What came out is not a genome.
    #[error(transparent)]
    Admit(#[from] AdmitError),
}

/// Where the body module lies within its component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BodyPlace {
    /// The offset of its section.
    pub(crate) section: usize,
    /// The range of the module's bytes.
    pub(crate) range: Range<usize>,
}

/// Returns `component` with `module` in place of its body module, and where that lies now.
pub(crate) fn replaced(component: &[u8], place: &BodyPlace, module: &[u8]) -> (Vec<u8>, BodyPlace) {
    let body = &place.range;
    let mut out = Vec::with_capacity(component.len() + module.len().saturating_sub(body.len()) + 5);
    if module.len() == body.len() {
        // The size may be written in more bytes than it needs; it stays as it is.
        out.extend_from_slice(&component[..body.start]);
    } else {
        out.extend_from_slice(&component[..place.section]);
        out.push(CORE_MODULE);
        module.len().encode(&mut out);
    }
    let start = out.len();
    out.extend_from_slice(module);
    let now = BodyPlace { section: place.section, range: start..out.len() };
    out.extend_from_slice(&component[body.end..]);
    (out, now)
}

/// The size of a component of `len` bytes with `module_len` bytes in place of its body module, and where that lies then.
pub(crate) fn size_and_place(len: usize, place: &BodyPlace, module_len: usize) -> (usize, BodyPlace) {
    let header = match module_len == place.range.len() {
        true => place.range.start - place.section,
        false => 1 + leb_size(module_len),
    };
    let start = place.section + header;
    let range = start..start + module_len;
    (range.end + len.saturating_sub(place.range.end), BodyPlace { section: place.section, range })
}

/// How many bytes `value` takes in LEB128.
pub(crate) fn leb_size(value: usize) -> usize {
    let bits = (usize::BITS - value.leading_zeros()).max(1);
    bits.div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    const TWICE: &str = r#"(module
        (func $twice (export "run") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))"#;

    fn genome(text: &str) -> Genome {
        text::compile(text, &Bounds::DEFAULT).unwrap()
    }

    #[test]
    fn the_unchanged_body_gives_the_identical_bytes() {
        let parent = genome(TWICE);
        let body = parent.body_module().unwrap().to_vec();
        assert_eq!(parent.with_body(&body, &Bounds::DEFAULT).unwrap(), parent);
    }

    #[test]
    fn a_size_that_is_written_long_stays_so() {
        let parent = genome(TWICE);
        let BodyPlace { section, range: body } = parent.body_place().unwrap().clone();
        let mut bytes = parent.bytes()[..=section].to_vec();
        bytes.extend([body.len() as u8 & 0x7f | 0x80, (body.len() >> 7) as u8 | 0x80, 0x80, 0]);
        bytes.extend_from_slice(&parent.bytes()[body.start..]);
        let padded = Genome::admit(bytes, &Bounds::DEFAULT).unwrap();
        assert_ne!(padded, parent);
        let same = padded.with_body(padded.body_module().unwrap(), &Bounds::DEFAULT).unwrap();
        assert_eq!(same, padded);
    }

    #[test]
    fn only_the_body_changes() {
        let parent = genome(TWICE);
        let mut body = parent.body_module().unwrap().to_vec();
        // A custom section of 200 bytes, so that the size takes another byte.
        body.extend([0, 0xca, 1, 1, b'x']);
        body.extend([7; 200]);
        let child = parent.with_body(&body, &Bounds::DEFAULT).unwrap();
        assert_eq!(child.body_module(), Some(&body[..]));
        let (old, new) =
            (parent.anatomy().modules[0].range.clone(), child.anatomy().modules[0].range.clone());
        assert_eq!(parent.bytes()[old.end..], child.bytes()[new.end..]);
        assert_eq!(parent.capabilities(), child.capabilities());
    }

    #[test]
    fn a_body_that_does_not_fit_is_refused() {
        let parent = genome(TWICE);
        let other = b"\0asm\x01\0\0\0";
        assert!(matches!(
            parent.with_body(other, &Bounds::DEFAULT),
            Err(SpliceError::Admit(AdmitError::Invalid { .. }))
        ));
        let bounds = Bounds { component_bytes: parent.bytes().len() as u64, ..Bounds::DEFAULT };
        let mut body = parent.body_module().unwrap().to_vec();
        body.extend([0, 2, 1, b'x']);
        assert!(matches!(parent.with_body(&body, &bounds), Err(SpliceError::Admit(AdmitError::Bound(_)))));
    }
}
