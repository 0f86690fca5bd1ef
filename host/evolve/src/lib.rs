//! Decides what to try next from what was measured; it does not know how a genome is run.
//!
//! What was measured, and what it is worth:
//!
//! * [`trial`]: the record of one genome on one case, and how the genome behaved
//! * [`tally`]: the sums of many trials, the same in whatever order they are taken
//! * [`trust`]: what behaviour has earned
//! * [`score`]: `fitness = (1 / cycles per correct result) x confidence x trust`
//! * [`standing`]: the fixed order in which contenders are ranked
//!
//! How a run goes on from there:
//!
//! * [`policy`]: every knob of a run
//! * [`variant`]: proposals, what came of them, and who takes part
//! * [`measure`]: what selection sees of a variant, and which of two it prefers
//! * [`engine`]: says what to try next, is told what came of it
//! * [`population`], [`bandit`], [`trend`]: who survives, which operators pay, whether it gets anywhere
//! * [`history`]: what happened in a generation
//!
//! Everything is a pure function of its arguments: no clock, no files, no threads, no ambient randomness.
//!
//! # Example
//! ```
//! use flux_evolve::score::Score;
//! use flux_evolve::tally::Tally;
//! use flux_evolve::trial::{Conduct, Side, Trial, Weight};
//! use flux_evolve::trust::TrustPolicy;
//!
//! let trial = Trial { weight: Weight::ONE, correct: true, side: Side::Selection, cycles: 40, conduct: Conduct::Clean };
//! let tally: Tally = [trial, Trial { correct: false, ..trial }].into_iter().collect();
//! let score = Score::of(&tally.all(), &TrustPolicy::default());
//! assert_eq!(score.cycles_per_result, Some(80.0));
//! assert_eq!(score.confidence, 0.5);
//! assert_eq!(score.trust, 10.0 / 18.0);
//! ```

pub mod bandit;
pub mod engine;
pub mod history;
pub mod measure;
pub mod policy;
pub mod population;
pub mod score;
pub mod standing;
pub mod tally;
pub mod trend;
pub mod trial;
pub mod trust;
pub mod variant;
