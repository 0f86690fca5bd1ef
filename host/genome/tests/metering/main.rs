//! Metered modules against wasmtime's fuel: the same results, cycles and endings in every engine.
//!
//! `FLUX_DIFFERENTIAL` is the number of random (module, input) runs, default 500.

mod engines;
mod rules;
mod smith;

use std::thread;

use engines::{Completed, Ending, From, STACK_BYTES, Value, Wasmi, Wasmtime};
use flux_genome::meter::{self, Options};

/// The engines, made once for a test.
struct Bench {
    fuel: Wasmtime,
    metered: Wasmtime,
    wasmi: Wasmi,
}

/// A module compiled for all of them.
struct Subject {
    plain: wasmtime::Module,
    compiled: wasmtime::Module,
    interpreted: wasmi::Module,
    metered: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        Self { fuel: Wasmtime::with_fuel(), metered: Wasmtime::for_metered(), wasmi: Wasmi::new() }
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
            metered,
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
        if compiled != Ending::TooDeep {
            assert_eq!(fuel, compiled, "fuel and metered differ on `{function}` {args:?}, budget {budget}");
        }
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

/// Runs `test` on a thread with room for deep recursion.
fn with_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(test).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
