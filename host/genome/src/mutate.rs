//! Mutation: one rewriting operator applied to a core module.
//!
//! An operator is a pure function of the module (and donor) and a seeded generator. It works on windows and sites
//! whose types the view knows and puts back something of the same type, so that a valid parent has a valid child:
//! a child that does not validate is a defect here, and the test suite looks for one. Only the changed function is
//! encoded anew; everything else is copied as bytes.
//!
//! Functions that use features flux does not rewrite are left alone; where that leaves an operator nothing to do,
//! it says [`Inapplicable`].

mod add_instinct;
mod add_stage;
mod adjust_decay;
mod amplify;
mod assemble;
mod code;
mod constants;
mod copy_window;
mod defaults;
mod delete_window;
mod drop_stage;
mod duplicate_function;
mod exchange;
mod graft;
mod insert_nop;
mod insert_operator;
mod move_window;
pub mod optimize_opcode;
mod patch_jump;
mod perturb_constant;
mod prune;
mod reassign_model;
mod replace_judge;
mod replace_sequence;
mod retarget_local;
mod retune_temperature;
mod reword_prompt;
mod sites;
mod stages;
mod substitute;
mod swap_operator;
mod targets;
mod transplant;
mod tune_threshold;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

pub use self::assemble::{NewFunction, NewGlobal, Patch, assemble};
pub(crate) use self::code::read_leb;
pub use self::code::{Body, Code, Moves, Splice, rewrite};
pub(crate) use self::targets::Targets;
pub(crate) use self::transplant::{LocalMap, Locals, Transplant};

use crate::gene::{self, Gene, GeneKind, GeneMap, Place};
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView, ViewError};

/// How many functions an operator looks into, chosen by their size, before it goes through them in order.
const WEIGHTED_TRIES: usize = 6;

/// How many functions it then goes through, from a random one on, before it gives up.
const ORDERED_TRIES: usize = 32;

/// A rewriting operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorKind {
    /// Puts an equivalent window that is not dearer in place of one; keeps the meaning.
    OptimizeOpcode,
    /// Inserts `nop`; keeps the meaning.
    InsertNop,
    /// Sends a branch, or an entry of a jump table, to another label of the same type.
    PatchJump,
    /// Puts another window with the same effect in place of one.
    ReplaceSequence,
    /// Inserts a pattern that senses a channel and then acts; only where `senses` is imported already.
    AddInstinct,
    /// Scales a constant that scales: a factor, divisor or shift distance.
    AdjustDecay,
    /// Moves a constant that is compared with.
    TuneThreshold,
    /// Puts the content of another gene of the same kind in place of a gene's.
    Substitute,
    /// Doubles a gene: a window runs twice, a constant counts twice.
    Amplify,
    /// Takes a gene's content away and leaves neutral values of its type.
    Prune,
    /// Puts another operator of the same type in place of one.
    SwapOperator,
    /// Reads or writes another local of the same type.
    RetargetLocal,
    /// Changes any constant.
    PerturbConstant,
    /// Deletes a window and leaves neutral values where it left any.
    DeleteWindow,
    /// Moves a window to another place where it fits.
    MoveWindow,
    /// Appends a copy of a function and has one of its callers call the copy.
    DuplicateFunction,
    /// Brings a window of the donor in.
    Graft,
    /// Has two genes of the same kind and type change places.
    Exchange,
    /// Puts a copy of a window at another place where it fits.
    CopyWindow,
    /// Has a number go through one operator more, together with a local or a constant.
    InsertOperator,
    /// Has a stage of an ecosystem answer at another temperature.
    RetuneTemperature,
    /// Has an entity of an ecosystem answer by another of its models.
    ReassignModel,
    /// Has another model of an ecosystem judge in it.
    ReplaceJudge,
    /// Words a prompt of an ecosystem otherwise, sentence by sentence; keeps `{input}`.
    RewordPrompt,
    /// Gives a pipeline of an ecosystem one more stage, like another one of it.
    AddStage,
    /// Takes a stage out of a pipeline of an ecosystem.
    DropStage,
}

impl OperatorKind {
    /// All operators, in the order of their declaration.
    pub const ALL: [OperatorKind; 26] = [
        OperatorKind::OptimizeOpcode,
        OperatorKind::InsertNop,
        OperatorKind::PatchJump,
        OperatorKind::ReplaceSequence,
        OperatorKind::AddInstinct,
        OperatorKind::AdjustDecay,
        OperatorKind::TuneThreshold,
        OperatorKind::Substitute,
        OperatorKind::Amplify,
        OperatorKind::Prune,
        OperatorKind::SwapOperator,
        OperatorKind::RetargetLocal,
        OperatorKind::PerturbConstant,
        OperatorKind::DeleteWindow,
        OperatorKind::MoveWindow,
        OperatorKind::DuplicateFunction,
        OperatorKind::Graft,
        OperatorKind::Exchange,
        OperatorKind::CopyWindow,
        OperatorKind::InsertOperator,
        OperatorKind::RetuneTemperature,
        OperatorKind::ReassignModel,
        OperatorKind::ReplaceJudge,
        OperatorKind::RewordPrompt,
        OperatorKind::AddStage,
        OperatorKind::DropStage,
    ];

    /// Those for any module: the first of [`OperatorKind::ALL`].
    pub const GENERAL: [OperatorKind; 20] = *Self::ALL.first_chunk().expect("fewer than there are");

    /// Those for modules with the genes of an ecosystem, and for no others: the last of [`OperatorKind::ALL`].
    pub const OF_ECOSYSTEMS: [OperatorKind; 6] = *Self::ALL.last_chunk().expect("fewer than there are");

    /// Returns its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            OperatorKind::OptimizeOpcode => "optimize-opcode",
            OperatorKind::InsertNop => "insert-nop",
            OperatorKind::PatchJump => "patch-jump",
            OperatorKind::ReplaceSequence => "replace-sequence",
            OperatorKind::AddInstinct => "add-instinct",
            OperatorKind::AdjustDecay => "adjust-decay",
            OperatorKind::TuneThreshold => "tune-threshold",
            OperatorKind::Substitute => "substitute",
            OperatorKind::Amplify => "amplify",
            OperatorKind::Prune => "prune",
            OperatorKind::SwapOperator => "swap-operator",
            OperatorKind::RetargetLocal => "retarget-local",
            OperatorKind::PerturbConstant => "perturb-constant",
            OperatorKind::DeleteWindow => "delete-window",
            OperatorKind::MoveWindow => "move-window",
            OperatorKind::DuplicateFunction => "duplicate-function",
            OperatorKind::Graft => "graft",
            OperatorKind::Exchange => "exchange",
            OperatorKind::CopyWindow => "copy-window",
            OperatorKind::InsertOperator => "insert-operator",
            OperatorKind::RetuneTemperature => "retune-temperature",
            OperatorKind::ReassignModel => "reassign-model",
            OperatorKind::ReplaceJudge => "replace-judge",
            OperatorKind::RewordPrompt => "reword-prompt",
            OperatorKind::AddStage => "add-stage",
            OperatorKind::DropStage => "drop-stage",
        }
    }

    /// Returns whether a child behaves as its parent does, on every input.
    pub fn keeps_meaning(self) -> bool {
        matches!(self, OperatorKind::OptimizeOpcode | OperatorKind::InsertNop)
    }

    /// Returns whether it needs a donor.
    pub fn needs_donor(self) -> bool {
        self == OperatorKind::Graft
    }

    /// Applies the operator to the module of `ctx`.
    ///
    /// # Determinism
    /// A function of the modules in `ctx` and the state of `rng`.
    ///
    /// # Errors
    /// [`Inapplicable`]: no site was found in the functions looked into.
    pub fn apply(self, ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
        match self {
            OperatorKind::OptimizeOpcode => optimize_opcode::apply(ctx, rng),
            OperatorKind::InsertNop => insert_nop::apply(ctx, rng),
            OperatorKind::PatchJump => patch_jump::apply(ctx, rng),
            OperatorKind::ReplaceSequence => replace_sequence::apply(ctx, rng),
            OperatorKind::AddInstinct => add_instinct::apply(ctx, rng),
            OperatorKind::AdjustDecay => adjust_decay::apply(ctx, rng),
            OperatorKind::TuneThreshold => tune_threshold::apply(ctx, rng),
            OperatorKind::Substitute => substitute::apply(ctx, rng),
            OperatorKind::Amplify => amplify::apply(ctx, rng),
            OperatorKind::Prune => prune::apply(ctx, rng),
            OperatorKind::SwapOperator => swap_operator::apply(ctx, rng),
            OperatorKind::RetargetLocal => retarget_local::apply(ctx, rng),
            OperatorKind::PerturbConstant => perturb_constant::apply(ctx, rng),
            OperatorKind::DeleteWindow => delete_window::apply(ctx, rng),
            OperatorKind::MoveWindow => move_window::apply(ctx, rng),
            OperatorKind::DuplicateFunction => duplicate_function::apply(ctx, rng),
            OperatorKind::Graft => graft::apply(ctx, rng),
            OperatorKind::Exchange => exchange::apply(ctx, rng),
            OperatorKind::CopyWindow => copy_window::apply(ctx, rng),
            OperatorKind::InsertOperator => insert_operator::apply(ctx, rng),
            OperatorKind::RetuneTemperature => retune_temperature::apply(ctx, rng),
            OperatorKind::ReassignModel => reassign_model::apply(ctx, rng),
            OperatorKind::ReplaceJudge => replace_judge::apply(ctx, rng),
            OperatorKind::RewordPrompt => reword_prompt::apply(ctx, rng),
            OperatorKind::AddStage => add_stage::apply(ctx, rng),
            OperatorKind::DropStage => drop_stage::apply(ctx, rng),
        }
    }
}

impl fmt::Display for OperatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no operator's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown operator `{0}`")]
pub struct UnknownOperator(pub String);

impl FromStr for OperatorKind {
    type Err = UnknownOperator;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        OperatorKind::ALL
            .into_iter()
            .find(|operator| operator.name() == name)
            .ok_or_else(|| UnknownOperator(name.to_owned()))
    }
}

/// Why an operator did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Inapplicable(pub &'static str);

/// What an operator works on.
#[derive(Debug, Clone, Copy)]
pub struct MutateContext<'m, 'a, 'd> {
    /// The module to change.
    pub module: &'m ModuleView<'a>,
    /// The module to take code from, for operators that need one.
    pub donor: Option<&'m ModuleView<'d>>,
    /// The gene map of the module, if it has one.
    pub genes: Option<&'m GeneMap>,
}

impl<'a> MutateContext<'_, 'a, '_> {
    /// Shows functions to `find` until it returns something: first some chosen with a probability in proportion to
    /// the size of their bodies, then others in order. Functions that cannot be viewed are passed over.
    pub(crate) fn try_functions<T>(
        &self,
        rng: &mut Rng,
        find: impl FnMut(&FunctionView<'a>, &mut Rng) -> Option<T>,
    ) -> Option<T> {
        try_functions(self.module, &changeable(self.genes), rng, find)
    }

    /// Shows functions to `find` that code may be taken from; otherwise as [`MutateContext::try_functions`].
    pub(crate) fn try_sources<T>(
        &self,
        rng: &mut Rng,
        find: impl FnMut(&FunctionView<'a>, &mut Rng) -> Option<T>,
    ) -> Option<T> {
        try_functions(self.module, &sources(self.genes), rng, find)
    }
}

/// The functions that the map names and that may change; none where it names none, and then all may.
pub(crate) fn changeable(genes: Option<&GeneMap>) -> Vec<u32> {
    named(genes, |gene| gene.bounds != gene::Bounds::FIXED)
}

/// The functions that the map names, whether they may change or not; none where it names none, and then code may be
/// taken from all.
pub(crate) fn sources(genes: Option<&GeneMap>) -> Vec<u32> {
    named(genes, |_| true)
}

fn named(genes: Option<&GeneMap>, accept: impl Fn(&Gene) -> bool) -> Vec<u32> {
    let genes = genes.iter().flat_map(|map| &map.genes).filter(|gene| accept(gene));
    let function = |gene: &Gene| match gene.place {
        Place::Function { function } => Some(function),
        _ => None,
    };
    genes.filter_map(function).collect()
}

/// Whether the map names a gene of `kind`.
fn has_gene(ctx: &MutateContext<'_, '_, '_>, kind: GeneKind) -> bool {
    ctx.genes.is_some_and(|map| map.genes.iter().any(|gene| gene.kind == kind))
}

/// See [`MutateContext::try_functions`]. Glue of the canonical ABI is left out, and where functions are `named`, all
/// others are.
pub(crate) fn try_functions<'a, T>(
    module: &ModuleView<'a>,
    named: &[u32],
    rng: &mut Rng,
    mut find: impl FnMut(&FunctionView<'a>, &mut Rng) -> Option<T>,
) -> Option<T> {
    let targets = module.targets();
    let targets = if named.is_empty() { targets } else { Cow::Owned(targets.among(named)) };
    let Targets { bodies, total } = &*targets;
    let mut seen: Vec<u32> = Vec::new();
    let mut look = |function: u32, rng: &mut Rng| -> Option<T> {
        if seen.contains(&function) {
            return None;
        }
        seen.push(function);
        find(&*module.look(function)?, rng)
    };
    for _ in 0..WEIGHTED_TRIES.min(2 * bodies.len()) {
        let mut at = rng.index(*total);
        let chosen = bodies.iter().find(|(_, size)| {
            let here = at < *size;
            at = at.saturating_sub(*size);
            here
        });
        if let Some(found) = chosen.and_then(|&(function, _)| look(function, rng)) {
            return Some(found);
        }
    }
    let start = rng.index(bodies.len());
    for step in 0..bodies.len().min(ORDERED_TRIES) {
        let (function, _) = bodies[(start + step) % bodies.len()];
        if let Some(found) = look(function, rng) {
            return Some(found);
        }
    }
    None
}

/// What an operator wants changed.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The changes.
    pub patch: Patch,
    /// The function they are in, for people and for lineage.
    pub function: Option<u32>,
    /// What changes, in one line: a lowercase fragment.
    pub description: String,
}

impl Edit {
    /// Returns the edit that puts `splices` into the function of `view`.
    pub(crate) fn of(view: &FunctionView<'_>, splices: Vec<Splice>, description: String) -> Self {
        Edit {
            patch: Patch { bodies: vec![rewrite(view, splices, &[])], ..Patch::default() },
            function: Some(view.function),
            description,
        }
    }
}

/// A mutated module.
#[derive(Debug, Clone)]
pub struct Mutation {
    /// The child.
    pub module: Vec<u8>,
    /// The operator that made it.
    pub operator: OperatorKind,
    /// The function that changed, in the function index space.
    pub function: Option<u32>,
    /// What changed, in one line: a lowercase fragment.
    pub description: String,
}

/// Why a module was not mutated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MutateError {
    /// The module, or the donor, cannot be viewed.
    #[error("failed to view the module")]
    View(#[from] ViewError),
    /// The operator found nothing to do; try another or another seed.
    #[error("`{operator}` does not apply: {reason}")]
    Inapplicable {
        /// The operator.
        operator: OperatorKind,
        /// Why it does not apply.
        reason: Inapplicable,
    },
}

/// Applies `operator` to the core module `module` and returns the child.
///
/// `donor` is a core module that [`OperatorKind::Graft`] takes code from; the others ignore it. The gene map of
/// the module, if it has one, is carried over: genes whose place is gone are dropped.
///
/// # Determinism
/// A function of `(module, operator, donor, seed)`, on every platform.
///
/// # Errors
/// * [`MutateError::View`]: the module or the donor is no core module that parses.
/// * [`MutateError::Inapplicable`]: the operator found no site; the child would equal its parent.
pub fn mutate(
    module: &[u8],
    operator: OperatorKind,
    donor: Option<&[u8]>,
    seed: u64,
) -> Result<Mutation, MutateError> {
    let view = ModuleView::parse(module)?;
    let donor = donor.filter(|_| operator.needs_donor()).map(ModuleView::parse).transpose()?;
    mutate_view(&view, operator, donor.as_ref(), seed)
}

/// Applies `operator` to a module that was viewed before; see [`mutate`].
///
/// # Errors
/// As [`mutate`].
pub fn mutate_view(
    module: &ModuleView<'_>,
    operator: OperatorKind,
    donor: Option<&ModuleView<'_>>,
    seed: u64,
) -> Result<Mutation, MutateError> {
    let genes = module.gene_map();
    let ctx = MutateContext { module, donor, genes: genes.as_deref() };
    let mut rng = Rng::new(seed, operator.name());
    let refused = |reason| MutateError::Inapplicable { operator, reason };
    let mut edit = operator.apply(&ctx, &mut rng).map_err(refused)?;
    // Operators that add or take genes have done it themselves.
    if let (Some(genes), None) = (&genes, &edit.patch.genes) {
        edit.patch.genes = Some(genes.carried(&edit.patch.bodies).encode());
    }
    let child = assemble(module, &edit.patch);
    if child == module.bytes {
        return Err(refused(Inapplicable("every change found leaves the module as it is")));
    }
    Ok(Mutation { module: child, operator, function: edit.function, description: edit.description })
}

#[cfg(test)]
mod tests;
