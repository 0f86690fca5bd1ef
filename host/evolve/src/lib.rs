//! Decides what to try next from what was measured; it does not know how a genome is run.
//!
//! The first part is here: what a trial is, how trials add up, what they are worth and who stands before whom.
//!
//! * [`trial`]: the record of one genome on one case, and how the genome behaved
//! * [`tally`]: the sums of many trials, the same in whatever order they are taken
//! * [`trust`]: what behaviour has earned
//! * [`score`]: `fitness = (1 / cycles per correct result) x confidence x trust`
//! * [`standing`]: the fixed order in which contenders are ranked
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

pub mod score;
pub mod standing;
pub mod tally;
pub mod trial;
pub mod trust;
