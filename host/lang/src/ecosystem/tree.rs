//! What a `.flux` file says: plain values, with every default filled in.

/// A whole ecosystem: who answers, in which order, and within which limits.
///
/// Two trees are equal when they say the same; where it was written is in [`super::Parsed`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ecosystem {
    /// Its name, not empty.
    pub name: String,
    /// What its author calls this state of it (`VERSION`). An extension.
    pub version: Option<String>,
    /// What is to be done where nothing else says so (`DEFAULT_POLICY`). Default `Explore & Consolidate`.
    pub default_policy: String,
    /// How much is to be observed (`OSSERVABILITA`, printed with its accent). Default `Complete`.
    pub observability: String,
    /// The seed of everything drawn by chance (`SEED`), unless a stage has its own. An extension.
    pub seed: Option<u64>,
    /// Who can be asked, in the order of the text.
    pub entities: Vec<Entity>,
    /// The pipelines, in the order in which their intents are tried.
    pub attractors: Vec<Attractor>,
    /// The limits of a request.
    pub policy: Policy,
}

impl Ecosystem {
    /// An ecosystem of which only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: None,
            default_policy: Self::DEFAULT_POLICY.to_owned(),
            observability: Self::OBSERVABILITY.to_owned(),
            seed: None,
            entities: Vec::new(),
            attractors: Vec::new(),
            policy: Policy::default(),
        }
    }

    /// The default of [`Self::default_policy`].
    pub const DEFAULT_POLICY: &str = "Explore & Consolidate";
    /// The default of [`Self::observability`].
    pub const OBSERVABILITY: &str = "Complete";

    /// The entity of this name.
    #[must_use]
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.name == name)
    }

    /// The first attractor with this intent, or with `*`, in the order of the text.
    #[must_use]
    pub fn attractor_for(&self, intent: &str) -> Option<&Attractor> {
        let accepts = |accepted: &String| accepted == intent || accepted == ANY_INTENT;
        self.attractors.iter().find(|attractor| attractor.intents.iter().any(accepts))
    }
}

/// The intent that means any.
pub const ANY_INTENT: &str = "*";

/// What an entity is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    /// Several entities that answer together.
    Ensemble,
    /// A language model.
    Transformer,
    /// A person who approves or corrects.
    Human,
    /// A whole ecosystem: the default.
    #[default]
    Ecosystem,
    /// Models that split a long prompt and answer part by part.
    Recursive,
}

impl EntityType {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Ensemble, Self::Transformer, Self::Human, Self::Ecosystem, Self::Recursive];

    /// As it is written behind `TYPE:`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ensemble => "Model.Ensemble",
            Self::Transformer => "Model.Transformer",
            Self::Human => "Human.In.The.Loop",
            Self::Ecosystem => "ECOSYSTEM",
            Self::Recursive => "Recursive.Ensemble",
        }
    }
}

/// How an ensemble makes one answer of its members' answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Router {
    /// The answer that most members give; of equally frequent ones that of the first member. Of three or more that are
    /// all different it may be the one that is most like the others.
    Vote,
    /// The answer that the judge scores best; of equally good ones that of the first member.
    BestOf,
    /// The mean of the last numbers in the members' answers ([`super::mean`]).
    Average,
}

impl Router {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Vote, Self::BestOf, Self::Average];

    /// As it is written behind `ROUTER:`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vote => "vote",
            Self::BestOf => "best-of",
            Self::Average => "average",
        }
    }
}

/// Somebody who can be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Its name, not empty; no two entities have the same.
    pub name: String,
    /// What it is (`TYPE`).
    pub entity_type: EntityType,
    /// A description (`NATURE`).
    pub nature: Option<String>,
    /// The quantisation of its weights (`QUANTUM_STATE`). Default `4bit`.
    pub quantum_state: String,
    /// What a call costs (`COSTO`), 0 or more. Default 0.
    pub cost: f64,
    /// Who is asked when it fails (`FALLBACK`).
    pub fallback: Option<String>,
    /// The key under which its model is looked up (`MODEL_KEY`).
    pub model_key: Option<String>,
    /// The file that describes it (`USES`), if it is an ecosystem. An extension.
    pub uses: Option<String>,
    /// How it makes one answer of several (`ROUTER`), if it is an ensemble. An extension.
    pub router: Option<Router>,
    /// Whom it asks (`MEMBERS`), if it is an ensemble: names of entities. An extension.
    pub members: Vec<String>,
    /// How it splits long prompts (`RECURSIVE_CONFIG`).
    pub recursive: Option<RecursiveConfig>,
    /// How the person is asked (`HUMAN_CONFIG`).
    pub human: Option<HumanConfig>,
}

impl Entity {
    /// An entity of which only name and type are known.
    #[must_use]
    pub fn new(name: impl Into<String>, entity_type: EntityType) -> Self {
        Self {
            name: name.into(),
            entity_type,
            nature: None,
            quantum_state: Self::QUANTUM_STATE.to_owned(),
            cost: 0.0,
            fallback: None,
            model_key: None,
            uses: None,
            router: None,
            members: Vec::new(),
            recursive: None,
            human: None,
        }
    }

    /// The default of [`Self::quantum_state`].
    pub const QUANTUM_STATE: &str = "4bit";
}

/// How a long prompt is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecursiveConfig {
    /// The longest part, in tokens (`MAX_CHUNK_TOKENS`), positive. Default 40,000.
    pub max_chunk_tokens: u64,
    /// How much of a part stands in the next one too, in tokens (`CHUNK_OVERLAP`), less than a part. Default 200.
    pub chunk_overlap: u64,
    /// How many parts are asked about at once (`MAX_WORKERS`), positive. Default 4.
    pub max_workers: u64,
    /// The model that reads the parts (`SUB_MODEL_KEY`).
    pub sub_model_key: Option<String>,
    /// The model that gives the final answer (`ROOT_MODEL_KEY`).
    pub root_model_key: Option<String>,
}

impl Default for RecursiveConfig {
    fn default() -> Self {
        Self {
            max_chunk_tokens: 40_000,
            chunk_overlap: 200,
            max_workers: 4,
            sub_model_key: None,
            root_model_key: None,
        }
    }
}

/// How a person is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HumanConfig {
    /// How long the person is waited for, in seconds (`TIMEOUT_SEC`), positive.
    pub timeout_sec: Option<f64>,
    /// What is done when nobody answers (`ESCALATION`).
    pub escalation: Option<String>,
    /// The confidence from 0 to 1 from which on nobody is asked (`CONFIDENCE_THRESHOLD`).
    pub confidence_threshold: Option<f64>,
}

/// A pipeline for some intents.
#[derive(Clone, Debug, PartialEq)]
pub struct Attractor {
    /// Its name, not empty; no two attractors have the same.
    pub name: String,
    /// What it answers (`ON_INTENT`): [`ANY_INTENT`] or the intents themselves.
    pub intents: Vec<String>,
    /// Its steps, at least one. The answer is that of the last.
    pub stages: Vec<Stage>,
}

/// How the outputs of several stages become the input of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Merge {
    /// One after the other in the order of `AFTER`, with an empty line between: the default.
    #[default]
    Concat,
    /// The output that most stages give; of equally frequent ones the first. Of three or more that are all different it
    /// may be the one that is most like the others.
    Vote,
    /// The output that the judge scores best; of equally good ones the first.
    BestOf,
    /// The first that is not empty.
    First,
}

impl Merge {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Concat, Self::Vote, Self::BestOf, Self::First];

    /// As it is written behind `MERGE:`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Concat => "concat",
            Self::Vote => "vote",
            Self::BestOf => "best-of",
            Self::First => "first",
        }
    }
}

/// One step of a pipeline: an entity is asked once.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, not empty; no two stages of an attractor have the same.
    pub name: String,
    /// The stages whose outputs it takes (`AFTER`). Default: the stage before it in the text; the first one takes the
    /// question, and so does one that is after none (`AFTER: []`). Stages that are not after each other run in
    /// parallel. An extension.
    pub after: Option<Vec<String>>,
    /// How it takes several outputs (`MERGE`). An extension.
    pub merge: Merge,
    /// Who is asked (`EXECUTE`).
    pub execute: String,
    /// The temperature, 0 to 2 (`TEMPERATURE`). Default 0.7.
    pub temperature: f64,
    /// The longest answer, in tokens (`MAX_NEW_TOKENS`), positive. Default 1,024.
    pub max_new_tokens: u64,
    /// The seed of this stage (`SEED`), in place of the ecosystem's. An extension.
    pub seed: Option<u64>,
    /// What is asked in place of the input (`PROMPT_TRANSFORM`); `{input}` in it stands for the input.
    pub prompt_transform: Option<String>,
    /// What to look at (`OBSERVE`).
    pub observe: Option<String>,
    /// The right answer, for the judge (`GROUND_TRUTH`).
    pub ground_truth: Option<String>,
}

impl Stage {
    /// A stage of which only the name and the entity are known.
    #[must_use]
    pub fn new(name: impl Into<String>, execute: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            after: None,
            merge: Merge::default(),
            execute: execute.into(),
            temperature: Self::TEMPERATURE,
            max_new_tokens: Self::MAX_NEW_TOKENS,
            seed: None,
            prompt_transform: None,
            observe: None,
            ground_truth: None,
        }
    }

    /// The default of [`Self::temperature`].
    pub const TEMPERATURE: f64 = 0.7;
    /// The highest [`Self::temperature`].
    pub const MAX_TEMPERATURE: f64 = 2.0;
    /// The default of [`Self::max_new_tokens`].
    pub const MAX_NEW_TOKENS: u64 = 1024;
}

impl Attractor {
    /// The positions of the stages whose outputs the stage at `idx` takes; none when it takes the question.
    ///
    /// Names of no stage are left out; a checked ecosystem has none.
    #[must_use]
    pub fn inputs_of(&self, idx: usize) -> Vec<usize> {
        match self.stages.get(idx).map(|stage| &stage.after) {
            None => Vec::new(),
            Some(None) => idx.checked_sub(1).into_iter().collect(),
            Some(Some(names)) => {
                let position = |name: &String| self.stages.iter().position(|stage| stage.name == *name);
                names.iter().filter_map(position).collect()
            }
        }
    }
}

/// The limits of a request, and who judges.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The most that a request may cost (`MAX_COST_PER_REQUEST`), 0 or more. Default: no limit.
    pub max_cost_per_request: Option<f64>,
    /// The longest that a request may take, in milliseconds (`MAX_LATENCY_MS`), positive. Default 60,000.
    pub max_latency_ms: u64,
    /// How often a person may be asked in a request (`MAX_HUMAN_ITERATIONS`). Default 3.
    pub max_human_iterations: u64,
    /// Who judges the answers (`JUDGE_ENTITY`).
    pub judge_entity: Option<String>,
    /// Whether an answer without a judge is refused (`REQUIRE_JUDGE`). Default true.
    pub require_judge: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_cost_per_request: None,
            max_latency_ms: 60_000,
            max_human_iterations: 3,
            judge_entity: None,
            require_judge: true,
        }
    }
}
