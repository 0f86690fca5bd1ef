//! An ecosystem with the ecosystems that its entities are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flux_lang::ecosystem::tree::{Ecosystem, Entity, EntityType, Merge, Router};
use flux_lang::ecosystem::{Parsed, Used};

/// How many ecosystems may be inside each other, the root counted. The language refuses more in files already.
pub const DEPTH: usize = 8;

/// A root ecosystem and those that it uses: what a kernel runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Composition {
    root: Used,
    files: Arc<BTreeMap<String, Used>>,
}

/// A composition that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompositionError {
    /// Nothing can be asked.
    #[error("ecosystem `{ecosystem}` has no ATTRACTOR")]
    NoAttractor {
        /// Its name.
        ecosystem: String,
    },
    /// A pipeline without a step.
    #[error("ATTRACTOR `{attractor}` has no STAGE")]
    NoStage {
        /// Its name.
        attractor: String,
    },
    /// Somebody is asked who is not there.
    #[error("there is no ENTITY `{entity}`")]
    NoEntity {
        /// Who.
        entity: String,
    },
    /// An entity is an ecosystem that nothing describes.
    #[error("ENTITY `{entity}` is an ECOSYSTEM, but has no USES")]
    NoUses {
        /// Its name.
        entity: String,
    },
    /// What an entity uses was not handed in with it.
    #[error("ENTITY `{entity}` uses `{file}`, which is not here")]
    NoFile {
        /// Its name.
        entity: String,
        /// The full name of the file.
        file: String,
    },
    /// Ecosystems are too deep inside each other.
    #[error("ecosystems are inside each other more than {DEPTH} deep, at ENTITY `{entity}`")]
    TooDeep {
        /// The entity that would be one too deep.
        entity: String,
    },
    /// Entities are asked on behalf of each other, in a circle.
    #[error("ENTITY `{entity}` would be asked on its own behalf")]
    Circle {
        /// One of them.
        entity: String,
    },
    /// Stages wait for each other.
    #[error("stages of ATTRACTOR `{attractor}` wait for each other")]
    StageCircle {
        /// Its name.
        attractor: String,
    },
    /// The best of several answers is wanted, but nobody can say which it is.
    #[error("`{what}` takes the best answer, but the POLICY has no JUDGE_ENTITY")]
    NoJudge {
        /// The stage or entity.
        what: String,
    },
}

impl Composition {
    /// What a text describes, together with what it uses; nothing if it has errors.
    #[must_use]
    pub fn from_parsed(parsed: &Parsed) -> Option<Self> {
        let root = Used { ecosystem: parsed.ecosystem.clone()?, uses: parsed.uses.clone() };
        Some(Self { root, files: Arc::new(parsed.used.clone()) })
    }

    /// An ecosystem that uses no other.
    #[must_use]
    pub fn alone(ecosystem: Ecosystem) -> Self {
        Self { root: Used { ecosystem, uses: BTreeMap::new() }, files: Arc::default() }
    }

    /// The same files round another root. Entities that were described by files still are, by their names.
    #[must_use]
    pub fn with_root(&self, ecosystem: Ecosystem) -> Self {
        let root = Used { ecosystem, uses: self.root.uses.clone() };
        Self { root, files: Arc::clone(&self.files) }
    }

    /// The root.
    #[must_use]
    pub fn ecosystem(&self) -> &Ecosystem {
        &self.root.ecosystem
    }

    /// The root, as something that can be asked.
    pub(crate) fn view(&self) -> View<'_> {
        View { node: &self.root, files: &self.files, depth: 1 }
    }

    /// Whether everybody who can be asked could answer.
    ///
    /// # Errors
    /// [`CompositionError`] names the first place where somebody could not.
    pub fn check(&self) -> Result<(), CompositionError> {
        self.view().check(&mut BTreeMap::new())
    }
}

/// One of the ecosystems of a composition.
#[derive(Clone, Copy)]
pub(crate) struct View<'c> {
    node: &'c Used,
    files: &'c BTreeMap<String, Used>,
    depth: usize,
}

impl<'c> View<'c> {
    pub(crate) fn ecosystem(self) -> &'c Ecosystem {
        &self.node.ecosystem
    }

    pub(crate) fn entity(self, name: &str) -> Result<&'c Entity, CompositionError> {
        let found = self.node.ecosystem.entity(name);
        found.ok_or_else(|| CompositionError::NoEntity { entity: name.to_owned() })
    }

    /// The ecosystem that an entity of that type is.
    pub(crate) fn used_by(self, entity: &str) -> Result<View<'c>, CompositionError> {
        let name = || entity.to_owned();
        let file = self.node.uses.get(entity).ok_or_else(|| CompositionError::NoUses { entity: name() })?;
        let node = self.files.get(file);
        let node = node.ok_or_else(|| CompositionError::NoFile { entity: name(), file: file.clone() })?;
        if self.depth >= DEPTH {
            return Err(CompositionError::TooDeep { entity: name() });
        }
        Ok(View { node, files: self.files, depth: self.depth + 1 })
    }

    /// `depths`: how deep each file was when it was checked, so that it is not once more for every way to it.
    fn check(self, depths: &mut BTreeMap<&'c str, usize>) -> Result<(), CompositionError> {
        let tree = self.ecosystem();
        if tree.attractors.is_empty() {
            return Err(CompositionError::NoAttractor { ecosystem: tree.name.clone() });
        }
        // Stages, then judge; an entity that nobody asks may be anything.
        let mut seen = BTreeSet::new();
        for attractor in &tree.attractors {
            if attractor.stages.is_empty() {
                return Err(CompositionError::NoStage { attractor: attractor.name.clone() });
            }
            if order(&inputs(attractor)).is_none() {
                return Err(CompositionError::StageCircle { attractor: attractor.name.clone() });
            }
            for stage in &attractor.stages {
                self.check_entity(&stage.execute, &mut Vec::new(), &mut seen, depths)?;
                let takes_several = stage.after.as_ref().is_some_and(|after| after.len() > 1);
                if stage.merge == Merge::BestOf && takes_several && tree.policy.judge_entity.is_none() {
                    return Err(CompositionError::NoJudge { what: stage.name.clone() });
                }
            }
        }
        if let Some(judge) = &tree.policy.judge_entity {
            self.check_entity(judge, &mut Vec::new(), &mut seen, depths)?;
        }
        Ok(())
    }

    fn check_entity(
        self,
        name: &str,
        path: &mut Vec<String>,
        seen: &mut BTreeSet<String>,
        depths: &mut BTreeMap<&'c str, usize>,
    ) -> Result<(), CompositionError> {
        let entity = self.entity(name)?;
        if path.iter().any(|before| before == name) {
            return Err(CompositionError::Circle { entity: name.to_owned() });
        }
        if !seen.insert(name.to_owned()) {
            return Ok(());
        }
        if entity.entity_type == EntityType::Ecosystem {
            let view = self.used_by(name)?;
            let file = self.node.uses.get(name).map_or("", String::as_str);
            if depths.get(file).is_none_or(|depth| *depth < view.depth) {
                depths.insert(file, view.depth);
                view.check(depths)?;
            }
        }
        let has_judge = self.ecosystem().policy.judge_entity.is_some();
        if entity.router == Some(Router::BestOf) && !entity.members.is_empty() && !has_judge {
            return Err(CompositionError::NoJudge { what: name.to_owned() });
        }
        path.push(name.to_owned());
        for next in entity.members.iter().chain(&entity.fallback) {
            self.check_entity(next, path, seen, depths)?;
        }
        path.pop();
        Ok(())
    }
}

/// The key of an entity's model; where there is no `MODEL_KEY`, the entity's name.
pub(crate) fn model_key(entity: &Entity) -> &str {
    entity.model_key.as_deref().unwrap_or(&entity.name)
}

/// The positions of the stages that each stage takes its input from.
pub(crate) fn inputs(attractor: &flux_lang::ecosystem::tree::Attractor) -> Vec<Vec<usize>> {
    (0..attractor.stages.len()).map(|idx| attractor.inputs_of(idx)).collect()
}

/// An order in which every node comes after its inputs; nothing if there is none.
pub(crate) fn order(inputs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; inputs.len()];
    let mut order = Vec::with_capacity(inputs.len());
    while order.len() < inputs.len() {
        let next =
            (0..inputs.len()).find(|idx| !done[*idx] && inputs[*idx].iter().all(|input| done[*input]))?;
        done[next] = true;
        order.push(next);
    }
    Some(order)
}

#[cfg(test)]
mod tests;
