//! Finds the genes of a module that brings no map.

use super::{Bounds, Gene, GeneKind, GeneMap, Place};
use crate::view::{FunctionView, ModuleView, Role};

/// Returns the genes of `module`: its functions, and the constants in them except addresses.
///
/// Windows are not listed, since there are far too many; operators that want one sample it. Functions that cannot
/// be viewed have no genes inside. At most 65 536 genes are found.
pub fn analyse(module: &ModuleView<'_>) -> GeneMap {
    let mut genes = Vec::new();
    for function in module.defined() {
        genes.push(Gene {
            name: format!("f{function}"),
            kind: GeneKind::Function,
            place: Place::Function { function },
            bounds: Bounds::None,
        });
        let Ok(view) = module.function(function) else { continue };
        for (at, kind) in constants_of(&view) {
            genes.push(Gene {
                name: format!("f{function}.{}.{at}", kind.name()),
                kind,
                place: Place::Code { function, range: at as u32..at as u32 + 1 },
                bounds: Bounds::None,
            });
        }
        if genes.len() >= super::codec::MAX_GENES as usize {
            genes.truncate(super::codec::MAX_GENES as usize);
            break;
        }
    }
    GeneMap { genes }
}

/// Returns the constants of `view` that control can reach, addresses left out, with the kind of gene each is.
pub fn constants_of(view: &FunctionView<'_>) -> impl Iterator<Item = (usize, GeneKind)> {
    (0..view.len()).filter(|&at| view.instrs[at].reachable).filter_map(|at| {
        let kind = match view.role(at)? {
            Role::Threshold => GeneKind::Threshold,
            Role::Scale => GeneKind::Decay,
            Role::Plain => GeneKind::Constant,
            Role::Address => return None,
        };
        Some((at, kind))
    })
}
