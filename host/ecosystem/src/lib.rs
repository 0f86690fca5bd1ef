//! The kernel that runs ecosystems: routes a question, runs the stages of its pipeline, has the answer judged, keeps
//! the history of confidence, and changes the ecosystem where that is really better.
//!
//! A [`Kernel`] has a [`Composition`], a broker for its models, and [`Settings`]; [`Kernel::ask`] answers.
//!
//! **Answering.** The [`Ask`] goes to an attractor: by its intent, else by likeness of meaning, else to one that takes
//! any. Its stages run as soon as those that they take their input from are done. A stage asks an entity:
//!
//! | entity | what happens |
//! | --- | --- |
//! | `Model.Transformer` | its model is asked; a prompt above 80 % of the model's context is read in parts |
//! | `Model.Ensemble` | all `MEMBERS` are asked at once, the `ROUTER` makes one answer (default `vote`) |
//! | `Recursive.Ensemble` | a text of more than one part is split, the sub model notes what bears on the question, the root model answers |
//! | `Human.In.The.Loop` | its model makes a draft, a [`human::Human`] approves or corrects it |
//! | `ECOSYSTEM` | the ecosystem that it `USES` is asked, under its own limits as well |
//!
//! Who fails is replaced by its `FALLBACK`, at most five in a row, unless a limit was the reason. `OBSERVE` is the
//! system message. Everything is paid within the `POLICY` and what the tenant may spend, and done by the deadline.
//!
//! **Confidence.** A question with a known answer is checked, else the `JUDGE_ENTITY` judges, else the answer is
//! unscored, which moves nothing. [`history`] has the averages and what follows of them; [`growth`] the modes.
//!
//! **Watching.** [`event`] tells what happens, [`metrics`] counts it, `tracing` has spans round asks, stages and calls.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//!
//! use flux_broker::{Broker, Parts, config::ModelsConfig, questions::QuestionSet, simulated::Knowledge};
//! use flux_ecosystem::{Ask, Composition, Kernel, Settings, Unwatched};
//! use flux_lang::{ecosystem, includes::NoIncludes};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = r#"ECOSYSTEM "small" {
//!     ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "fast" }
//!     ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fast" } }
//!     POLICY { REQUIRE_JUDGE: false }
//! }"#;
//! let parsed = ecosystem::parse("small.flux", text, &NoIncludes, &ecosystem::Limits::DEFAULT);
//! let composition = Composition::from_parsed(&parsed).ok_or("mistakes")?;
//!
//! // A model that knows everything, and one question to ask it.
//! let models = ModelsConfig::parse("[model.fast]\nsimulated = { otherwise = 1.0 }")?;
//! let set = QuestionSet::parse(
//!     "title = 'Capitals'\n[[question]]\nsubject = 'geography'\nask = 'What is the capital of France?'\n\
//!      answer = 'Paris'\nwrong = ['Lyon']",
//! )?;
//! let parts = Parts { knowledge: Knowledge::new(&[set.clone()]), ..Parts::default() };
//! let kernel = Kernel::new(Arc::new(composition), Broker::new(&models, &parts)?, Settings::default())?;
//!
//! let answer = kernel.ask(&Ask::known(&set.questions[0]), &mut Unwatched).await?;
//! assert!(answer.text.contains("Paris"));
//! assert_eq!(answer.confidence.score(), Some(1.0));
//! assert_eq!(kernel.history("qa").and_then(|history| history.moving_average()), Some(1.0));
//! # Ok(())
//! # }
//! ```

pub mod composition;
pub mod designer;
pub mod event;
pub mod growth;
pub mod history;
pub mod human;
pub mod metrics;

mod chunks;
mod confidence;
mod error;
mod kernel;
mod merge;
mod routing;
mod run;
mod seed;
mod supply;

pub use composition::{Composition, CompositionError};
pub use error::AskError;
pub use event::{Event, Route, Unwatched, Watch};
pub use growth::Mode;
pub use history::History;
pub use kernel::{Answer, Ask, Judging, Kernel, KernelError, Mutation, REST, Settings};
pub use metrics::Metrics;
pub use routing::Likeness;
pub use run::StageRecord;
