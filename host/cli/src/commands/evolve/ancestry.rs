//! How members of a run came about, kept while it goes on.

use std::collections::BTreeMap;

use flux_evolve::variant::{Base, Variant, VariantId};
use flux_run::evolution::Step;

/// Operators that are named; of more, the rarest are left out.
const NAMED: usize = 6;

/// First parents and operators of every member that there was.
#[derive(Default)]
pub(super) struct Ancestry {
    members: BTreeMap<VariantId, Origin>,
}

struct Origin {
    parent: Option<VariantId>,
    how: Vec<&'static str>,
}

impl Ancestry {
    /// Takes the members of a generation in.
    pub(super) fn see(&mut self, step: &Step) {
        for variant in &step.report.accepted {
            self.members.insert(variant.id, Origin::of(variant));
        }
    }

    /// How many steps led to `variant`, and of what kind, in a line; none where it is a founder.
    pub(super) fn describe(&self, variant: VariantId) -> Option<String> {
        let mut n_steps = 0;
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        let mut next = Some(variant);
        while let Some(origin) = next.and_then(|variant| self.members.get(&variant)) {
            n_steps += u64::from(!origin.how.is_empty());
            for operator in &origin.how {
                *counts.entry(operator).or_default() += 1;
            }
            next = origin.parent;
        }
        if n_steps == 0 {
            return None;
        }
        let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let mut named: Vec<String> =
            counts.iter().take(NAMED).map(|(name, count)| format!("{count} {name}")).collect();
        if counts.len() > NAMED {
            named.push("others".to_owned());
        }
        let steps = if n_steps == 1 { "1 step".to_owned() } else { format!("{n_steps} steps") };
        Some(format!("{steps} from founder to champion: {}", named.join(", ")))
    }
}

impl Origin {
    fn of(variant: &Variant) -> Self {
        let (parent, crossed) = match variant.recipe.base {
            Base::Founder(_) => (None, false),
            Base::Parent(parent) => (Some(parent), false),
            Base::Cross(first, _) => (Some(first), true),
        };
        let operators = variant.recipe.operators.iter().map(|operator| operator.name());
        Self { parent, how: crossed.then_some("breed").into_iter().chain(operators).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_by_their_operators() {
        let origin = |parent: Option<u64>, how: &[&'static str]| Origin {
            parent: parent.map(VariantId),
            how: how.to_vec(),
        };
        let members = [
            (0, origin(None, &[])),
            (3, origin(Some(0), &["prune"])),
            (7, origin(Some(3), &["breed", "prune"])),
        ];
        let ancestry =
            Ancestry { members: members.into_iter().map(|(id, origin)| (VariantId(id), origin)).collect() };
        let describe = |id| ancestry.describe(VariantId(id));
        assert_eq!(describe(0), None);
        assert_eq!(describe(3).as_deref(), Some("1 step from founder to champion: 1 prune"));
        assert_eq!(describe(7).as_deref(), Some("2 steps from founder to champion: 2 prune, 1 breed"));
    }
}
