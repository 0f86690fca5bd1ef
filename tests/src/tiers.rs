//! Holds the two tiers of the sandbox against each other: whatever is run, nothing but time may tell them apart.

use flux_genome::{Genome, text};
use flux_sandbox::{Ending, Input, Loaded, Loading, Outcome, Refusal, Setting, Tier};

use crate::sandbox;

/// A genome, loaded for each tier, and for both with a change in the middle.
pub struct Tiers {
    interpreted: Loaded,
    compiled: Loaded,
    genome: Genome,
}

/// How a comparison went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Both had the same outcome.
    Same,
    /// The corner that `CYCLES.md` names: past its budget at a size that the compiler knows and the metered form does
    /// not, where one of them traps and the other is exhausted.
    Corner,
}

impl Tiers {
    /// Loads a genome for both tiers; nothing where it cannot be interpreted.
    ///
    /// # Errors
    /// It is refused.
    pub fn load(genome: &Genome) -> Result<Option<Self>, Refusal> {
        let load =
            |tier| sandbox().load_as(genome, genome.capabilities(), Loading { tier, ..Loading::DEFAULT });
        let compiled = load(Tier::Compiled)?;
        if !compiled.can_be_interpreted() {
            return Ok(None);
        }
        Ok(Some(Self { interpreted: load(Tier::Interpreted)?, compiled, genome: genome.clone() }))
    }

    /// Runs in both tiers and returns the outcome, and how it compares.
    ///
    /// # Errors
    /// They differ.
    pub fn agree(&self, input: &Input, setting: &Setting) -> Result<(Outcome, Agreement), String> {
        let interpreted = sandbox().run(&self.interpreted, input, setting);
        let compiled = sandbox().run(&self.compiled, input, setting);
        if interpreted == compiled {
            // An instance that was made as new is as good as the first.
            let again = sandbox().run(&self.interpreted, input, setting);
            if again != interpreted {
                return Err(format!("{input:?}: first {interpreted:?}\nagain {again:?}"));
            }
            return Ok((interpreted, Agreement::Same));
        }
        if let (Ending::OutOfFuel, Ending::Trap(_)) = (&interpreted.ending, &compiled.ending) {
            let mut unlimited = setting.clone();
            unlimited.limits.cycles = setting.limits.cycles.saturating_add(1 << 20);
            if sandbox().run(&self.interpreted, input, &unlimited).ending == compiled.ending {
                return Ok((interpreted, Agreement::Corner));
            }
        }
        Err(format!("{input:?}\ninterpreted {interpreted:?}\ncompiled {compiled:?}"))
    }

    /// The same, and at the edge of the budget for a run that completes, and where the tier changes on the way.
    ///
    /// # Errors
    /// They differ somewhere.
    pub fn agree_at_the_edges(
        &self,
        input: &Input,
        setting: &Setting,
    ) -> Result<(Outcome, Agreement), String> {
        let (outcome, agreement) = self.agree(input, setting)?;
        if agreement == Agreement::Corner || !outcome.ending.is_result() {
            return Ok((outcome, agreement));
        }
        let with = |cycles| {
            let mut setting = setting.clone();
            setting.limits.cycles = cycles;
            setting
        };
        let (edge, _) = self.agree(input, &with(outcome.cycles))?;
        if edge != outcome {
            return Err(format!("{input:?}: with a budget of its cost {edge:?}, otherwise {outcome:?}"));
        }
        let (past, _) = self.agree(input, &with(outcome.cycles - 1))?;
        if (&past.ending, past.cycles) != (&Ending::OutOfFuel, outcome.cycles - 1) {
            return Err(format!("{input:?}: with one cycle less than {}: {past:?}", outcome.cycles));
        }
        // It is interpreted, then begun again and compiled, then compiled.
        let loading = Loading { interpreted_cycles: outcome.cycles + outcome.cycles / 2, ..Loading::DEFAULT };
        let changing = sandbox()
            .load_as(&self.genome, self.genome.capabilities(), loading)
            .map_err(|refusal| refusal.to_string())?;
        for _ in 0..3 {
            let found = sandbox().run(&changing, input, setting);
            if found != outcome {
                return Err(format!("{input:?}: where tiers change {found:?}, otherwise {outcome:?}"));
            }
        }
        Ok((outcome, agreement))
    }
}

/// What the generated programs may import.
const IMPORTS: &str = r#"(module
    (import "senses" "sense" (func (param i32) (result i64)))
    (import "senses" "act" (func (param i32 i64)))
    (import "random" "next" (func (result i64))))"#;

/// The forms that a generated program may have.
const FORMS: [&str; 4] = [
    r#"(module (func (export "run") (param i64 i64) (result i64) unreachable))"#,
    r#"(module (func (export "run") (param i64) (result i64 i64) unreachable) (memory (export "memory") 1 4))"#,
    r#"(module (func (export "run") (param i32 i32) (result i32 i32) unreachable) (memory (export "memory") 1 4))"#,
    r#"(module (func (export "run") (param i32 i32) (result i32) unreachable) (memory (export "memory") 1 4)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "cabi_post_run") (param i32) unreachable))"#,
];

/// A random program made from `bytes`, of the form that `form` picks; nothing where none comes of them.
#[must_use]
pub fn arbitrary_program(bytes: &[u8], form: usize) -> Option<Genome> {
    let config = wasm_smith::Config {
        available_imports: wat::parse_str(IMPORTS).ok(),
        exports: wat::parse_str(FORMS.get(form % FORMS.len())?).ok(),
        allow_start_export: true,
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        max_imports: 3,
        max_funcs: 6,
        max_instructions: 150,
        max_memories: 2,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 100,
        max_tables: 2,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        memory_offset_choices: wasm_smith::MemoryOffsetChoices(90, 9, 1),
        ..wasm_smith::Config::default()
    };
    let module = wasm_smith::Module::new(config, &mut arbitrary::Unstructured::new(bytes)).ok()?;
    text::from_binary(module.to_bytes(), &flux_genome::Bounds::DEFAULT).ok()
}
