//! Who can be asked, and that all of it can be compiled.

use std::collections::{BTreeMap, BTreeSet};

use super::{CompileError, Whole};
use crate::ecosystem::tree::{ANY_INTENT, Attractor, Ecosystem, Entity, EntityType, Merge, Router};

/// How deep entities may ask entities, those of files that are used counted too: deeper calls do not fit on every
/// engine's stack.
const MOST_DEPTH: usize = 64;

/// A description, the ecosystem's own or one that is used.
pub(in crate::ecosystem) struct File<'a> {
    /// Its full name; none for the ecosystem itself.
    pub(in crate::ecosystem) name: Option<&'a str>,
    pub(in crate::ecosystem) tree: &'a Ecosystem,
    uses: &'a BTreeMap<String, String>,
}

/// What is compiled: the ecosystem itself and the files of those who can be asked.
pub(in crate::ecosystem) struct Plan<'a> {
    pub(in crate::ecosystem) whole: &'a Whole,
    /// The ecosystem itself comes first.
    pub(in crate::ecosystem) files: Vec<File<'a>>,
    /// Whether a model, a judge or a person is asked.
    pub(super) asks_models: bool,
    pub(super) asks_judges: bool,
    pub(super) asks_people: bool,
}

/// How an entity answers.
pub(super) enum Answerer<'a> {
    /// By a model.
    Model,
    /// By an attractor of another file; none where it has none for any intent.
    Used { file: usize, attractor: Option<usize> },
    /// By others, whose answers are made one.
    Members { members: Vec<usize>, router: Router },
    /// By a person, who looks at what a model answers if there is one.
    Person { has_model: bool },
    /// In no way that a genome has.
    Unsupported(&'a Entity),
}

impl<'a> Plan<'a> {
    /// Looks at everybody who can be asked.
    pub(in crate::ecosystem) fn of(whole: &'a Whole) -> Result<Self, CompileError> {
        let root = File { name: None, tree: &whole.ecosystem, uses: &whole.uses };
        let used = whole.used.iter();
        let used =
            used.map(|(name, used)| File { name: Some(name), tree: &used.ecosystem, uses: &used.uses });
        let files = std::iter::once(root).chain(used).collect();
        let mut plan = Self { whole, files, asks_models: false, asks_judges: false, asks_people: false };
        if whole.ecosystem.attractors.is_empty() {
            return Err(CompileError::NoAttractor);
        }
        let mut walk = Walk { open: BTreeSet::new(), done: BTreeSet::new() };
        for attractor in 0..whole.ecosystem.attractors.len() {
            plan.visit_attractor(0, attractor, &mut walk)?;
        }
        Ok(plan)
    }

    pub(super) fn attractor(&self, file: usize, attractor: usize) -> &'a Attractor {
        &self.files[file].tree.attractors[attractor]
    }

    pub(super) fn entity(&self, file: usize, entity: usize) -> &'a Entity {
        &self.files[file].tree.entities[entity]
    }

    /// Who has this name in a file.
    pub(super) fn find(&self, file: usize, name: &str) -> Option<usize> {
        self.files[file].tree.entities.iter().position(|entity| entity.name == name)
    }

    /// Who judges in a file, if somebody does.
    pub(super) fn judge(&self, file: usize) -> Option<usize> {
        self.find(file, self.files[file].tree.policy.judge_entity.as_deref()?)
    }

    /// What genes of a file begin with.
    pub(in crate::ecosystem) fn prefix(&self, file: usize) -> String {
        self.files[file].name.map(|name| format!("{name}:")).unwrap_or_default()
    }

    fn expect(&self, file: usize, name: &str, by: &str) -> Result<usize, CompileError> {
        let unknown = || CompileError::Unknown { by: by.to_owned(), name: name.to_owned() };
        self.find(file, name).ok_or_else(unknown)
    }

    /// How an entity answers.
    pub(super) fn answerer(&self, file: usize, entity: usize) -> Result<Answerer<'a>, CompileError> {
        let asked = self.entity(file, entity);
        Ok(match asked.entity_type {
            EntityType::Recursive => Answerer::Unsupported(asked),
            EntityType::Human => Answerer::Person { has_model: asked.model_key.is_some() },
            EntityType::Ensemble if !asked.members.is_empty() => {
                let members = asked.members.iter().map(|name| self.expect(file, name, &asked.name));
                let members = members.collect::<Result<_, _>>()?;
                Answerer::Members { members, router: asked.router.unwrap_or(Router::Vote) }
            }
            EntityType::Ecosystem if asked.uses.is_some() => {
                let unknown = || CompileError::Unknown {
                    by: asked.name.clone(),
                    name: asked.uses.clone().unwrap_or_default(),
                };
                let name = self.files[file].uses.get(&asked.name).ok_or_else(unknown)?;
                let used = self.files.iter().position(|file| file.name == Some(name)).ok_or_else(unknown)?;
                let takes_any = |attractor: &Attractor| attractor.intents.iter().any(|i| i == ANY_INTENT);
                let attractor = self.files[used].tree.attractors.iter().position(takes_any);
                Answerer::Used { file: used, attractor }
            }
            EntityType::Ecosystem | EntityType::Ensemble | EntityType::Transformer => Answerer::Model,
        })
    }

    fn visit_attractor(
        &mut self,
        file: usize,
        attractor: usize,
        walk: &mut Walk,
    ) -> Result<(), CompileError> {
        let pipeline = self.attractor(file, attractor);
        order(pipeline)?;
        for (idx, stage) in pipeline.stages.iter().enumerate() {
            if stage.merge == Merge::BestOf && pipeline.inputs_of(idx).len() > 1 {
                self.expect_judge(file, &stage.name)?;
            }
            let entity = self.expect(file, &stage.execute, &stage.name)?;
            self.visit_entity(file, entity, walk)?;
        }
        Ok(())
    }

    fn expect_judge(&mut self, file: usize, by: &str) -> Result<(), CompileError> {
        self.judge(file).ok_or_else(|| CompileError::NoJudge { by: by.to_owned() })?;
        self.asks_judges = true;
        Ok(())
    }

    fn visit_entity(&mut self, file: usize, entity: usize, walk: &mut Walk) -> Result<(), CompileError> {
        let asked = self.entity(file, entity);
        if walk.done.contains(&(file, entity)) {
            return Ok(());
        }
        if !walk.open.insert((file, entity)) {
            return Err(CompileError::Circle { name: asked.name.clone() });
        }
        if walk.open.len() > MOST_DEPTH {
            let (name, actual) = (asked.name.clone(), walk.open.len());
            return Err(CompileError::TooDeep { name, limit: MOST_DEPTH, actual });
        }
        match self.answerer(file, entity)? {
            Answerer::Model => self.asks_models = true,
            Answerer::Person { has_model } => {
                self.asks_people = true;
                self.asks_models |= has_model;
            }
            Answerer::Members { members, router } => {
                if router == Router::BestOf && members.len() > 1 {
                    self.expect_judge(file, &asked.name)?;
                }
                for member in members {
                    self.visit_entity(file, member, walk)?;
                }
            }
            Answerer::Used { file: used, attractor } => {
                if let Some(attractor) = attractor {
                    self.visit_attractor(used, attractor, walk)?;
                }
            }
            Answerer::Unsupported(entity) => {
                return Err(CompileError::Unsupported {
                    file: self.files[file].name.map(str::to_owned),
                    entity: entity.name.clone(),
                    entity_type: entity.entity_type.name(),
                    why: "a genome does not know how many tokens a text has",
                });
            }
        }
        if let Some(fallback) = &asked.fallback {
            let fallback = self.expect(file, fallback, &asked.name)?;
            self.visit_entity(file, fallback, walk)?;
        }
        walk.open.remove(&(file, entity));
        walk.done.insert((file, entity));
        Ok(())
    }
}

/// The way through entities that ask each other, by their files and positions.
struct Walk {
    open: BTreeSet<(usize, usize)>,
    done: BTreeSet<(usize, usize)>,
}

/// The stages of an attractor, each after those that it takes; in the order of the text as far as that goes.
pub(in crate::ecosystem) fn order(attractor: &Attractor) -> Result<Vec<usize>, CompileError> {
    let mut waiting: Vec<usize> = (0..attractor.stages.len()).collect();
    let mut ready = BTreeSet::new();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |idx: &usize| attractor.inputs_of(*idx).iter().all(|input| ready.contains(input));
        let Some(next) = waiting.iter().position(is_ready) else {
            let stage = waiting.first().and_then(|idx| attractor.stages.get(*idx));
            return Err(CompileError::Circle {
                name: stage.map_or_else(String::new, |stage| stage.name.clone()),
            });
        };
        let idx = waiting.remove(next);
        ready.insert(idx);
        order.push(idx);
    }
    Ok(order)
}
