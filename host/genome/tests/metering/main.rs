//! Metered modules against wasmtime's fuel: the same results, cycles and endings in every engine.
//!
//! `FLUX_DIFFERENTIAL` is the number of random (module, input) runs, default 500.

#![expect(clippy::unwrap_used, reason = "helpers of tests; the lint sees only test functions")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test runs engines on threads of its own and reads how much of it is wanted"
)]

mod engines;
mod node;
mod rules;
mod smith;

use std::cell::Cell;
use std::thread;

use engines::{Completed, Ending, From, STACK_BYTES, Value, Wasmi, Wasmtime};
use flux_genome::meter::{self, Options};
use wasmparser::{Operator, Parser, Payload};

/// The engines, made once for a test.
struct Bench {
    fuel: Wasmtime,
    metered: Wasmtime,
    wasmi: Wasmi,
    n_in_the_corner: Cell<u64>,
}

/// A module compiled for all of them.
struct Subject {
    plain: wasmtime::Module,
    compiled: wasmtime::Module,
    interpreted: wasmi::Module,
    has_sized_operators: bool,
}

impl Bench {
    fn new() -> Self {
        Self {
            fuel: Wasmtime::with_fuel(),
            metered: Wasmtime::for_metered(),
            wasmi: Wasmi::new(),
            n_in_the_corner: Cell::new(0),
        }
    }

    fn prepare(&self, module: &[u8]) -> Subject {
        let metered = meter::meter(module, &Options::DEFAULT).unwrap();
        wasmparser::Validator::new_with_features(flux_genome::features::FEATURES)
            .validate_all(&metered)
            .unwrap_or_else(|error| panic!("the metered form is not valid: {error}"));
        Subject {
            plain: self.fuel.compile(module),
            compiled: self.metered.compile(&metered),
            interpreted: self.wasmi.compile(&metered),
            has_sized_operators: has_sized_operators(module),
        }
    }

    /// Runs in every engine, checks that they agree, and returns how it ended.
    fn agree(&self, subject: &Subject, function: &str, args: &[Value], budget: u64, from: From) -> Ending {
        let compiled = self.metered.run(&subject.compiled, function, args, budget, from);
        let interpreted = self.wasmi.run(&subject.interpreted, function, args, budget);
        assert_eq!(
            compiled, interpreted,
            "wasmtime and wasmi differ on `{function}` {args:?}, budget {budget}"
        );
        let fuel = self.fuel.run(&subject.plain, function, args, budget, from);
        // Only metered code knows the limit on calls under way.
        if compiled == Ending::TooDeep {
            return compiled;
        }
        if let (Ending::Trapped(_), Ending::Exhausted) = (&fuel, &compiled) {
            // The one corner where they may differ: Cranelift can see that the size of a sized operator is a small
            // constant even where it comes out of a local, and does not compare there. Both are past the budget, and
            // the program goes on to trap in the same way.
            let unlimited = self.metered.run(&subject.compiled, function, args, 1 << 40, from);
            assert_eq!(fuel, unlimited, "fuel and metered differ on `{function}` {args:?}, budget {budget}");
            assert!(
                subject.has_sized_operators,
                "no sized operator, yet they differ on `{function}` {args:?}"
            );
            self.n_in_the_corner.set(self.n_in_the_corner.get() + 1);
            return compiled;
        }
        assert_eq!(fuel, compiled, "fuel and metered differ on `{function}` {args:?}, budget {budget}");
        compiled
    }

    /// The same, and checks the edge of the budget for a run that completes.
    fn agree_at_the_edge(
        &self,
        subject: &Subject,
        function: &str,
        args: &[Value],
        budget: u64,
        from: From,
    ) -> Ending {
        let ending = self.agree(subject, function, args, budget, from);
        if let Ending::Completed(completed) = &ending {
            let Completed { cycles, .. } = **completed;
            assert_eq!(
                self.agree(subject, function, args, cycles, from),
                ending,
                "budget of exactly the cost"
            );
            assert_eq!(
                self.agree(subject, function, args, cycles - 1, from),
                Ending::Exhausted,
                "one cycle short"
            );
        }
        ending
    }
}

fn has_sized_operators(module: &[u8]) -> bool {
    let bodies = Parser::new(0).parse_all(module).filter_map(|payload| match payload.unwrap() {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    bodies.flat_map(|body| body.get_operators_reader().unwrap().into_iter()).any(|operator| {
        use Operator as O;
        matches!(
            operator.unwrap(),
            O::MemoryCopy { .. }
                | O::MemoryFill { .. }
                | O::MemoryInit { .. }
                | O::MemoryGrow { .. }
                | O::TableCopy { .. }
                | O::TableFill { .. }
                | O::TableInit { .. }
                | O::TableGrow { .. }
        )
    })
}

/// Runs `test` on a thread with room for deep recursion.
fn with_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(test).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
