//! Offspring of genomes: the body module of a component is rewritten, and the component put back around it.
//!
//! Everything else of the component is copied as bytes. The child is admitted like any genome, so that what leaves
//! here is valid, within bounds, and asks for nothing its first parent does not ask for.

use std::ops::Range;

use wasm_encoder::Encode;
use wasmparser::BinaryReader;

use crate::breed::{BreedError, Crossing, breed};
use crate::genome::{AdmitError, Genome};
use crate::limits::Bounds;
use crate::mutate::{MutateError, OperatorKind, mutate};

/// The id of the section that holds a core module in a component.
const CORE_MODULE_SECTION: u8 = 1;

/// A child and what was done to make it.
#[derive(Debug, Clone)]
pub struct Offspring {
    /// The child.
    pub genome: Genome,
    /// The function of the body module that changed, in its function index space.
    pub function: Option<u32>,
    /// What happened, in one line: a lowercase fragment.
    pub description: String,
    /// How two parents were crossed; nothing for a mutant.
    pub crossing: Option<Crossing>,
}

/// Why there is no child.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OffspringError {
    /// The world's function lies in a nested component, which is not rewritten.
    #[error("the genome has no body module of its own")]
    NoBody,
    /// The operator did nothing.
    #[error(transparent)]
    Mutate(#[from] MutateError),
    /// The parents do not cross.
    #[error(transparent)]
    Breed(#[from] BreedError),
    /// The child is not admitted, for instance because it passes a bound.
    #[error("the child is not admitted")]
    Admit(#[from] AdmitError),
}

/// Applies `operator` to the body module of `parent`; see [`mutate`].
///
/// # Determinism
/// A function of `(parent, operator, donor, seed)`; `bounds` only decide whether the child is admitted.
///
/// # Errors
/// * [`OffspringError::NoBody`]: a parent's body lies in a nested component.
/// * [`OffspringError::Mutate`]: the operator found no site.
/// * [`OffspringError::Admit`]: the child passes a bound.
pub fn mutate_genome(
    parent: &Genome,
    operator: OperatorKind,
    donor: Option<&Genome>,
    seed: u64,
    bounds: &Bounds,
) -> Result<Offspring, OffspringError> {
    let range = body_range(parent)?;
    let donor = match donor.filter(|_| operator.needs_donor()) {
        Some(donor) => Some(&donor.bytes()[body_range(donor)?]),
        None => None,
    };
    let child = mutate(&parent.bytes()[range.clone()], operator, donor, seed)?;
    let genome = Genome::admit(with_module(parent.bytes(), &range, &child.module)?, bounds)?;
    Ok(Offspring { genome, function: child.function, description: child.description, crossing: None })
}

/// Breeds the body modules of `a` and `b` inside the component of `a`; see [`breed`].
///
/// # Determinism
/// A function of `(a, b, seed)`; `bounds` only decide whether the child is admitted.
///
/// # Errors
/// * [`OffspringError::NoBody`]: a parent's body lies in a nested component.
/// * [`OffspringError::Breed`]: the parents have nothing to exchange.
/// * [`OffspringError::Admit`]: the child passes a bound.
pub fn breed_genomes(
    a: &Genome,
    b: &Genome,
    seed: u64,
    bounds: &Bounds,
) -> Result<Offspring, OffspringError> {
    let (range, other) = (body_range(a)?, body_range(b)?);
    let child = breed(&a.bytes()[range.clone()], &b.bytes()[other], seed)?;
    let genome = Genome::admit(with_module(a.bytes(), &range, &child.module)?, bounds)?;
    Ok(Offspring {
        genome,
        function: Some(child.function),
        description: child.description,
        crossing: Some(child.crossing),
    })
}

/// Returns where the body module of `genome` lies within its bytes.
///
/// # Errors
/// [`OffspringError::NoBody`]: it lies in a nested component.
pub fn body_range(genome: &Genome) -> Result<Range<usize>, OffspringError> {
    genome.anatomy().body().map(|module| module.range.clone()).ok_or(OffspringError::NoBody)
}

/// Returns the component `component` with `module` in place of the core module at `range`.
///
/// # Errors
/// [`OffspringError::NoBody`]: no section of the component's own holds exactly `range`.
pub fn with_module(component: &[u8], range: &Range<usize>, module: &[u8]) -> Result<Vec<u8>, OffspringError> {
    let mut at = 8;
    while at < range.start {
        let mut reader = BinaryReader::new(&component[at..], at);
        let (Ok(id), Ok(size)) = (reader.read_u8(), reader.read_var_u32()) else { break };
        let start = reader.original_position();
        let end = start.saturating_add(size as usize);
        if id == CORE_MODULE_SECTION && start == range.start && end == range.end {
            let mut out = Vec::with_capacity(component.len() + module.len() + 8 - range.len());
            out.extend_from_slice(&component[..at]);
            out.push(CORE_MODULE_SECTION);
            module.len().encode(&mut out);
            out.extend_from_slice(module);
            out.extend_from_slice(&component[end..]);
            return Ok(out);
        }
        at = end;
    }
    Err(OffspringError::NoBody)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn a_component_is_put_back_together_around_its_body() {
        let compile = |source: &str| text::compile(source, &Bounds::DEFAULT).unwrap();
        let a = compile(
            r#"(module (func (export "run") (param i64 i64) (result i64)
                local.get 0 i64.const 7 i64.mul local.get 1 i64.add))"#,
        );
        let b = compile(
            r#"(module (func (export "run") (param i64 i64) (result i64)
                local.get 0 local.get 1 i64.xor i64.const 3 i64.shl))"#,
        );
        let mut applied = 0;
        for operator in OperatorKind::ALL {
            for seed in 0..20 {
                let child = match mutate_genome(&a, operator, Some(&b), seed, &Bounds::DEFAULT) {
                    Ok(child) => child,
                    Err(OffspringError::Mutate(_)) => continue,
                    Err(error) => panic!("{operator}: {error:?}"),
                };
                applied += 1;
                assert_ne!(child.genome.id(), a.id());
                assert_eq!(child.genome.capabilities(), a.capabilities());
            }
        }
        assert!(applied > 100);
        let child = (0..20).find_map(|seed| breed_genomes(&a, &b, seed, &Bounds::DEFAULT).ok()).unwrap();
        assert_ne!(child.genome.id(), a.id());
    }
}
