//! Policy files: an [`EvolutionPolicy`] as TOML, where every key may be left out.

use serde::{Deserialize, Serialize};

use flux_evolve::policy::{EvolutionPolicy, PolicyError, Selection, StopPolicy, Strategy, Survival};
use flux_evolve::trust::TrustPolicy;
use flux_genome::mutate::OperatorKind;

use crate::record::TrustPolicyRecordV1;

/// A policy as it is written. What each key means stands at the field of [`EvolutionPolicy`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    strategy: Option<String>,
    islands: Option<u32>,
    population: Option<u32>,
    children: Option<u32>,
    selection: Option<String>,
    ways: Option<u32>,
    survival: Option<String>,
    elites: Option<u32>,
    breed_rate: Option<f64>,
    operators: Option<Vec<String>>,
    more: Option<f64>,
    most_more: Option<f64>,
    bandit_floor: Option<f64>,
    bandit_rate: Option<f64>,
    migrate_every: Option<u32>,
    migrants: Option<u32>,
    crowd: Option<u32>,
    trend_window: Option<u32>,
    trust_gate: Option<f64>,
    rollback: Option<f64>,
    growth: Option<f64>,
    extra_bytes: Option<u64>,
    preserve: Option<bool>,
    trust: Option<TrustPolicyRecordV1>,
    stop: Option<StopFile>,
}

/// The table `[stop]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StopFile {
    generations: Option<u64>,
    variants: Option<u64>,
    patience: Option<u64>,
    target_cycles: Option<u64>,
    at_gate: Option<bool>,
}

/// A policy file cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// It is not TOML, or has a key or value that a policy has not.
    #[error("policy `{file}` cannot be read: {message}")]
    #[diagnostic(
        code("policy::invalid"),
        help("`flux evolve --print-policy` prints every key with its default")
    )]
    Invalid {
        /// The file's name.
        file: String,
        /// What is wrong.
        message: String,
        /// The text. Behind a pointer, as it is large.
        #[source_code]
        text: std::sync::Arc<miette::NamedSource<String>>,
        /// Where it is wrong.
        #[label("here")]
        span: Option<miette::SourceSpan>,
    },
    /// A value is out of its range.
    #[error("policy `{file}`: {source}")]
    #[diagnostic(code("policy::range"))]
    Range {
        /// The file's name.
        file: String,
        /// Which and how.
        source: PolicyError,
    },
}

/// Reads a policy; what the text does not say is as in `base`.
///
/// # Errors
/// * [`PolicyFileError::Invalid`]: it is not a policy.
/// * [`PolicyFileError::Range`]: [`EvolutionPolicy::check`] does not allow it.
pub fn parse(file: &str, text: &str, base: &EvolutionPolicy) -> Result<EvolutionPolicy, PolicyFileError> {
    let read: PolicyFile = toml::from_str(text).map_err(|error| PolicyFileError::Invalid {
        file: file.to_owned(),
        message: error.message().to_owned(),
        text: std::sync::Arc::new(miette::NamedSource::new(file, text.to_owned())),
        span: error.span().map(Into::into),
    })?;
    let policy = read.over(base).and_then(|policy| policy.check().map(|()| policy));
    policy.map_err(|source| PolicyFileError::Range { file: file.to_owned(), source })
}

/// Writes a policy so that [`parse`] reads it back, every key named.
#[must_use]
pub fn print(policy: &EvolutionPolicy) -> String {
    // INVARIANT: numbers, text, flags and tables of these can be written.
    toml::to_string(&PolicyFile::of(policy)).unwrap_or_default()
}

/// The strategy of this name.
///
/// # Errors
/// [`PolicyError`]: there is none.
pub fn strategy(name: &str) -> Result<Strategy, PolicyError> {
    let expected = "one of lineage, tournament, islands, map-elites, random-search, hill-climbing";
    find(&Strategy::ALL, Strategy::name, "strategy", expected, name)
}

fn find<T: Copy>(
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
    field: &'static str,
    expected: &'static str,
    name: &str,
) -> Result<T, PolicyError> {
    all.iter().copied().find(|one| name_of(*one) == name).ok_or_else(|| PolicyError {
        field,
        expected,
        found: format!("`{name}`"),
    })
}

impl PolicyFile {
    fn of(policy: &EvolutionPolicy) -> Self {
        Self {
            strategy: Some(policy.strategy.name().to_owned()),
            islands: Some(policy.islands),
            population: Some(policy.population),
            children: Some(policy.children),
            selection: Some(policy.selection.name().to_owned()),
            ways: Some(policy.ways),
            survival: Some(policy.survival.name().to_owned()),
            elites: Some(policy.elites),
            breed_rate: Some(policy.breed_rate),
            operators: Some(policy.operators.iter().map(|operator| operator.name().to_owned()).collect()),
            more: Some(policy.more),
            most_more: Some(policy.most_more),
            bandit_floor: Some(policy.bandit_floor),
            bandit_rate: Some(policy.bandit_rate),
            migrate_every: Some(policy.migrate_every),
            migrants: Some(policy.migrants),
            crowd: Some(policy.crowd),
            trend_window: Some(policy.trend_window),
            trust_gate: Some(policy.trust_gate),
            rollback: Some(policy.rollback),
            growth: Some(policy.growth),
            extra_bytes: Some(policy.extra_bytes),
            preserve: Some(policy.preserve),
            trust: Some((&policy.trust).into()),
            stop: Some(StopFile {
                generations: Some(policy.stop.generations),
                variants: Some(policy.stop.variants),
                patience: Some(policy.stop.patience),
                target_cycles: Some(policy.stop.target_cycles),
                at_gate: Some(policy.stop.at_gate),
            }),
        }
    }

    fn over(self, base: &EvolutionPolicy) -> Result<EvolutionPolicy, PolicyError> {
        let operators = self.operators.map(|names| {
            let parsed = names.iter().map(|name| {
                name.parse::<OperatorKind>().map_err(|_| PolicyError {
                    field: "operators",
                    expected: "names of operators, as `flux mutate --help` lists them",
                    found: format!("`{name}`"),
                })
            });
            parsed.collect::<Result<Vec<_>, _>>()
        });
        let selection = |name: String| {
            find(&Selection::ALL, Selection::name, "selection", "`k-way` or `lexicase`", &name)
        };
        let survival =
            |name: String| find(&Survival::ALL, Survival::name, "survival", "`best` or `young`", &name);
        let stop = self.stop.unwrap_or_default();
        Ok(EvolutionPolicy {
            strategy: self.strategy.map(|name| strategy(&name)).transpose()?.unwrap_or(base.strategy),
            islands: self.islands.unwrap_or(base.islands),
            population: self.population.unwrap_or(base.population),
            children: self.children.unwrap_or(base.children),
            selection: self.selection.map(selection).transpose()?.unwrap_or(base.selection),
            ways: self.ways.unwrap_or(base.ways),
            survival: self.survival.map(survival).transpose()?.unwrap_or(base.survival),
            elites: self.elites.unwrap_or(base.elites),
            breed_rate: self.breed_rate.unwrap_or(base.breed_rate),
            operators: operators.transpose()?.unwrap_or_else(|| base.operators.clone()),
            more: self.more.unwrap_or(base.more),
            most_more: self.most_more.unwrap_or(base.most_more),
            bandit_floor: self.bandit_floor.unwrap_or(base.bandit_floor),
            bandit_rate: self.bandit_rate.unwrap_or(base.bandit_rate),
            migrate_every: self.migrate_every.unwrap_or(base.migrate_every),
            migrants: self.migrants.unwrap_or(base.migrants),
            crowd: self.crowd.unwrap_or(base.crowd),
            trend_window: self.trend_window.unwrap_or(base.trend_window),
            trust_gate: self.trust_gate.unwrap_or(base.trust_gate),
            rollback: self.rollback.unwrap_or(base.rollback),
            growth: self.growth.unwrap_or(base.growth),
            extra_bytes: self.extra_bytes.unwrap_or(base.extra_bytes),
            preserve: self.preserve.unwrap_or(base.preserve),
            trust: self.trust.map(trust).transpose()?.unwrap_or(base.trust),
            stop: StopPolicy {
                generations: stop.generations.unwrap_or(base.stop.generations),
                variants: stop.variants.unwrap_or(base.stop.variants),
                patience: stop.patience.unwrap_or(base.stop.patience),
                target_cycles: stop.target_cycles.unwrap_or(base.stop.target_cycles),
                at_gate: stop.at_gate.unwrap_or(base.stop.at_gate),
            },
        })
    }
}

fn trust(record: TrustPolicyRecordV1) -> Result<TrustPolicy, PolicyError> {
    let positive = |field, value: u32| {
        let expected = "at least 1";
        std::num::NonZeroU32::new(value).ok_or(PolicyError { field, expected, found: "0".to_owned() })
    };
    Ok(TrustPolicy {
        prior_clean: positive("trust.prior_clean", record.prior_clean)?,
        prior_faulty: positive("trust.prior_faulty", record.prior_faulty)?,
        trapped: record.trapped,
        exhausted: record.exhausted,
        refused: record.refused,
        unequal: record.unequal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        let policy =
            EvolutionPolicy { strategy: Strategy::MapElites, more: 0.1, ..EvolutionPolicy::default() };
        let text = print(&policy);
        assert_eq!(parse("p.toml", &text, &EvolutionPolicy::default()).unwrap(), policy);
    }

    #[test]
    fn what_is_left_out_is_as_in_the_base() {
        let base = EvolutionPolicy { islands: 9, ..EvolutionPolicy::default() };
        let read = parse("p.toml", "population = 7\n[stop]\npatience = 3", &base).unwrap();
        assert_eq!((read.islands, read.population, read.stop.patience), (9, 7, 3));
    }

    #[test]
    fn mistakes_are_named() {
        let check = |text: &str, expect: &str| {
            let error = parse("p.toml", text, &EvolutionPolicy::default()).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        check("populaton = 7", "populaton");
        check("population = 0", "population");
        check("strategy = 'best'", "one of lineage");
        check("operators = ['grow']", "`grow`");
        check(
            "[trust]\nprior_clean = 0\nprior_faulty = 1\ntrapped = 1\nexhausted = 1\nrefused = 1\nunequal = 1",
            "trust.prior_clean",
        );
    }
}
