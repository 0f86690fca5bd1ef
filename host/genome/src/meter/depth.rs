//! Decides which functions count the calls under way.
//!
//! The rule is about all calls, but a module whose calls cannot nest as deeply as the limit obeys it without
//! counting. In the others a function that calls nothing only compares.

use super::layout::Layout;
use super::scan::Scanned;

/// What a function does about call depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Nothing: calls cannot nest too deeply.
    Unlimited,
    /// Compares when it is entered.
    Compared,
    /// Compares when it is entered, and counts until it is left.
    Counted,
}

/// Says for each body what to do; `result[i]` belongs to `bodies[i]`.
pub(super) fn plan(layout: &Layout<'_>, bodies: &[Scanned], limit: u32) -> Vec<Depth> {
    let is_indirect = bodies.iter().any(|body| body.calls_indirectly);
    if !is_indirect && let Some(deepest) = deepest_nesting(layout, bodies) {
        // An import may call back while the calls that led to it are under way. It may do so once at a time: the
        // host of a component only allocates memory then, and an allocator may not call imports.
        let calls_back = bodies.iter().any(|body| calls_imports(layout, body));
        let deepest = if calls_back { deepest.saturating_mul(2) } else { deepest };
        if deepest <= limit {
            return vec![Depth::Unlimited; bodies.len()];
        }
    }
    let depth_of = |body: &Scanned| match body.calls.is_empty() && !body.calls_indirectly {
        true => Depth::Compared,
        false => Depth::Counted,
    };
    bodies.iter().map(depth_of).collect()
}

fn calls_imports(layout: &Layout<'_>, body: &Scanned) -> bool {
    body.calls.iter().chain(&body.tail_calls).any(|function| layout.is_imported(*function))
}

/// The largest number of calls that can be under way at once; nothing if a function can come to call itself.
fn deepest_nesting(layout: &Layout<'_>, bodies: &[Scanned]) -> Option<u32> {
    let n_imported = layout.n_imported_functions as usize;
    let callees = |body: usize| {
        let calls = bodies[body].calls.iter().map(|function| (*function, 1));
        let tail_calls = bodies[body].tail_calls.iter().map(|function| (*function, 0));
        calls
            .chain(tail_calls)
            .filter_map(|(function, added)| Some(((function as usize).checked_sub(n_imported)?, added)))
    };
    let mut states = vec![State::New; bodies.len()];
    let mut deepest = 0;
    // Depth first, with a stack of our own: a module may have a million functions in one chain.
    let mut path = Vec::new();
    for root in 0..bodies.len() {
        path.push(Step::Enter(root));
        while let Some(step) = path.pop() {
            match step {
                Step::Enter(body) => match states[body] {
                    State::Open => return None,
                    State::Nesting(_) => {}
                    State::New => {
                        states[body] = State::Open;
                        path.push(Step::Leave(body));
                        path.extend(
                            callees(body)
                                .filter(|(callee, _)| !matches!(states[*callee], State::Nesting(_)))
                                .map(|(callee, _)| Step::Enter(callee)),
                        );
                    }
                },
                Step::Leave(body) => {
                    let nesting = callees(body).map(|(callee, added)| match states[callee] {
                        State::Nesting(nesting) => nesting.saturating_add(added),
                        // INVARIANT: callees were entered after this step was pushed, so they are left before it.
                        State::New | State::Open => u32::MAX,
                    });
                    let nesting = nesting.max().unwrap_or(1).max(1);
                    states[body] = State::Nesting(nesting);
                    deepest = deepest.max(nesting);
                }
            }
        }
    }
    Some(deepest)
}

#[derive(Clone, Copy)]
enum State {
    New,
    Open,
    Nesting(u32),
}

enum Step {
    Enter(usize),
    Leave(usize),
}
