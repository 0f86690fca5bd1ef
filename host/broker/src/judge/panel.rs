//! Several judges together.

use futures_util::future::join_all;

use crate::{
    calibration::{logit, sigmoid},
    error::ModelError,
    judge::{Ask, Identity, Judge, Unscored, Verdict},
    model::Model,
};

/// Judges of different families, whose calibrated logits are averaged. Judges of one family make the same errors, so
/// that a second one adds little; and no judge rates what it made itself, because models prefer their own answers.
///
/// # Source
/// P. Verga et al., Replacing Judges with Juries, arXiv 2404.18796, section 2 (the panel); A. Panickssery, S. Bowman,
/// S. Feng, LLM Evaluators Recognize and Favor Their Own Generations, arXiv 2404.13076 (self-preference).
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    members: Vec<(Judge, Identity)>,
}

/// Judges that are no panel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PanelError {
    /// There is none.
    #[error("expected at least one judge")]
    Empty,
    /// Two are of one family, or one model.
    #[error("judges `{one}` and `{other}` are both of the family `{family}`")]
    SameFamily {
        /// One.
        one: String,
        /// The other.
        other: String,
        /// Their family.
        family: String,
    },
    /// One cannot be looked up.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// What one judge of a panel says.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// The judge.
    pub judge: String,
    /// What it says.
    pub verdict: Verdict,
}

/// What a panel says.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelVerdict {
    /// The average of those who have a score; its means are the weakest of theirs, its coverage the least. Where nobody
    /// has one, the reason of the first.
    pub verdict: Verdict,
    /// The highest score minus the lowest; nothing where fewer than two have one. Where it is large, somebody better
    /// should be asked.
    pub disagreement: Option<f64>,
    /// What each says, in the order of the panel.
    pub opinions: Vec<Opinion>,
}

impl Panel {
    /// A panel of these judges, each with who it is. Judges whose family is unknown pass for different ones.
    ///
    /// # Errors
    /// [`PanelError::Empty`], [`PanelError::SameFamily`].
    pub fn new(members: Vec<(Judge, Identity)>) -> Result<Self, PanelError> {
        if members.is_empty() {
            return Err(PanelError::Empty);
        }
        for (idx, (judge, one)) in members.iter().enumerate() {
            for (earlier, other) in &members[..idx] {
                if other.is_same(one) || (one.family.is_some() && one.family == other.family) {
                    return Err(PanelError::SameFamily {
                        one: earlier.model.clone(),
                        other: judge.model.clone(),
                        family: one.family.clone().unwrap_or_else(|| one.model.clone()),
                    });
                }
            }
        }
        Ok(Self { members })
    }

    /// The same, with everybody looked up.
    ///
    /// # Errors
    /// As [`Self::new`], and [`PanelError::Model`] for a judge that is not there.
    pub async fn gather(model: &dyn Model, judges: Vec<Judge>) -> Result<Self, PanelError> {
        let mut members = Vec::new();
        for judge in judges {
            let identity = Identity::of(model, &judge.model).await?;
            members.push((judge, identity));
        }
        Self::new(members)
    }

    /// How likely the answer, which `makers` made, is right.
    ///
    /// # Errors
    /// What a limit says ([`crate::ErrorKind::may_fall_back`] is false) at once; any other failure only where no judge
    /// has a score, else it is in the failing judge's opinion.
    pub async fn score(
        &self,
        model: &dyn Model,
        ask: &Ask,
        makers: &[Identity],
    ) -> Result<PanelVerdict, ModelError> {
        let asked = self.members.iter().map(|(judge, identity)| async move {
            if makers.iter().any(|maker| maker.is_same(identity)) {
                let why = Unscored::OwnAnswer { model: judge.model.clone() };
                return Ok(Verdict::Unscored { why });
            }
            judge.score(model, ask).await
        });
        let (mut opinions, mut failure) = (Vec::new(), None);
        for ((judge, _), answer) in self.members.iter().zip(join_all(asked).await) {
            let verdict = match answer {
                Ok(verdict) => verdict,
                Err(error) if !error.kind.may_fall_back() => return Err(error),
                Err(error) => {
                    let why = Unscored::Failed { error: error.to_string() };
                    failure = failure.or(Some(error));
                    Verdict::Unscored { why }
                }
            };
            opinions.push(Opinion { judge: judge.model.clone(), verdict });
        }
        match failure {
            Some(error) if opinions.iter().all(|opinion| opinion.verdict.score().is_none()) => Err(error),
            _ => Ok(together(opinions)),
        }
    }
}

fn together(opinions: Vec<Opinion>) -> PanelVerdict {
    let mut verdict: Option<Verdict> = None;
    let (mut sum, mut n, mut lowest, mut highest) = (0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY);
    for opinion in &opinions {
        let Verdict::Scored { score, coverage, means } = opinion.verdict else { continue };
        (sum, n) = (sum + logit(score), n + 1.0);
        (lowest, highest) = (lowest.min(score), highest.max(score));
        let so_far = match verdict {
            Some(Verdict::Scored { coverage, means, .. }) => (coverage, means),
            _ => (coverage, means),
        };
        verdict = Some(Verdict::Scored {
            score: if n > 1.0 { sigmoid(sum / n) } else { score },
            coverage: coverage.min(so_far.0),
            means: means.min(so_far.1),
        });
    }
    let unscored = || opinions.first().map(|opinion| opinion.verdict.clone());
    let verdict = verdict.or_else(unscored).unwrap_or(Verdict::Unscored { why: Unscored::NoJudge });
    PanelVerdict { verdict, disagreement: (n > 1.0).then_some(highest - lowest), opinions }
}
