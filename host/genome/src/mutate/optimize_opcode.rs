//! `optimize-opcode`: an equivalent window that is not dearer.
//!
//! The table is [`rules::RULES`]. Every rule keeps what a function computes, traps and touches, on every input,
//! and never makes a run dearer under the cost table `cycles/1`; the tests run both sides of each. The order of
//! two traps never changes, nor that of a trap and an effect.
//!
//! One application draws a position uniformly and takes the first site from there on, going round at the end; at
//! a site the rules are tried in the order of the table from a random one on. [`simplify`] applies rules until
//! none is left.

pub(crate) mod alu;
mod effects;
mod facts;
pub mod rules;

use std::ops::Range;

use super::{Edit, Inapplicable, MutateContext, Splice, assemble};
use crate::gene::GeneMap;
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView, ViewError};

pub use self::facts::Facts;
use self::rules::{RULES, Rule};

/// A position in a function with everything a rule may ask.
#[derive(Debug, Clone, Copy)]
pub struct Site<'s, 'v, 'm, 'a> {
    /// The module.
    pub module: &'s ModuleView<'m>,
    /// The function.
    pub view: &'v FunctionView<'a>,
    /// What is known of the whole function.
    pub facts: &'s Facts<'v, 'a>,
    /// The position: rules look at what begins here.
    pub at: usize,
}

impl<'a> Site<'_, '_, '_, 'a> {
    /// Returns the operator `ahead` instructions after the position.
    pub(crate) fn op(&self, ahead: usize) -> Option<&wasmparser::Operator<'a>> {
        self.view.op(self.at + ahead)
    }

    /// Returns the positions of the next `count` instructions.
    pub(crate) fn next(&self, count: usize) -> Range<usize> {
        self.at..self.at + count
    }
}

/// A rule that applies, and what it changes.
#[derive(Debug)]
pub struct Found {
    /// The rule.
    pub rule: &'static Rule,
    /// Where it applies.
    pub at: usize,
    /// What it changes.
    pub splices: Vec<Splice>,
}

/// Returns the first rule that applies at `at`, beginning with rule number `first` of the table and going round.
pub fn rule_at<'a>(
    module: &ModuleView<'_>,
    view: &FunctionView<'a>,
    facts: &Facts<'_, 'a>,
    at: usize,
    first: usize,
) -> Option<Found> {
    // Shortening lifetimes by hand: a site borrows everything for as long as the rule looks.
    let site = Site { module, view, facts, at };
    if !view.instrs.get(at)?.reachable {
        return rules::remove_unreachable(&site).map(|splices| Found {
            rule: &rules::UNREACHABLE,
            at,
            splices,
        });
    }
    (0..RULES.len()).map(|k| &RULES[(first + k) % RULES.len()]).find_map(|rule| {
        let splices = (rule.find)(&site)?;
        Some(Found { rule, at, splices })
    })
}

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let facts = Facts::new(view);
        let start = rng.index(view.len());
        let first = rng.index(RULES.len());
        let found = (0..view.len())
            .map(|step| (start + step) % view.len())
            .find_map(|at| rule_at(ctx.module, view, &facts, at, first))?;
        let description = format!("`{}` at instruction {}", found.rule.name, found.at);
        Some(Edit::of(view, found.splices, description))
    })
    .ok_or(Inapplicable("no rule of the table applies"))
}

/// A module to which rules were applied.
#[derive(Debug, Clone)]
pub struct Simplified {
    /// The module.
    pub module: Vec<u8>,
    /// The names of the rules that were applied, in order.
    pub applied: Vec<&'static str>,
}

/// Applies rules to the functions of `module` until none is left, or `max_steps` were applied.
///
/// Each step takes the first site of the function in the order of its instructions and of the table. The gene map
/// is carried over.
///
/// # Determinism
/// A function of `(module, max_steps)`.
///
/// # Errors
/// [`ViewError`]: the module is no core module that parses. Functions that cannot be viewed are left as they are.
pub fn simplify(module: &[u8], max_steps: usize) -> Result<Simplified, ViewError> {
    let mut bytes = module.to_vec();
    let mut applied = Vec::new();
    let functions = ModuleView::parse(&bytes)?.defined();
    for function in functions {
        while applied.len() < max_steps {
            let view = ModuleView::parse(&bytes)?;
            let Ok(body) = view.function(function) else { break };
            let Some(edits) = sweep(&view, &body, max_steps - applied.len()) else { break };
            applied.extend(edits.iter().map(|found| found.rule.name));
            let splices = edits.into_iter().flat_map(|found| found.splices).collect();
            let mut patch = Edit::of(&body, splices, String::new()).patch;
            if let Some(range) = &view.genes
                && let Ok(genes) = GeneMap::decode(&bytes[range.clone()])
            {
                patch.genes = Some(genes.carried(&patch.bodies).encode());
            }
            bytes = assemble(&view, &patch);
        }
    }
    Ok(Simplified { module: bytes, applied })
}

/// Returns rules to apply at once: local ones whose sites do not touch each other, or one that reaches further.
fn sweep(module: &ModuleView<'_>, view: &FunctionView<'_>, limit: usize) -> Option<Vec<Found>> {
    let facts = Facts::new(view);
    let mut all: Vec<Found> = Vec::new();
    let mut free = 0;
    for at in 0..view.len() {
        if all.len() == limit {
            break;
        }
        let Some(found) = rule_at(module, view, &facts, at, 0) else { continue };
        if !found.rule.local {
            if all.is_empty() {
                return Some(vec![found]);
            }
            continue;
        }
        let low = found.splices.iter().map(|s| s.range.start).min().unwrap_or(at);
        let high = found.splices.iter().map(|s| s.range.end).max().unwrap_or(at);
        // A rule may look one instruction around what it changes.
        if low > free || all.is_empty() {
            free = high + 1;
            all.push(found);
        }
    }
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests;
