//! `model`, `judge` and `human`: what an advisor answers.
//!
//! The call and its arguments are charged before anybody is asked, so that a run past its budget asks nobody; what
//! comes back is charged before the genome sees it.

use std::time::Instant;

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower};

use crate::advisor::{Advisor, Generation, Judgement, Verdict};
use crate::cell::{Cell, charge, charge_answer};
use crate::ending::{Fault, FaultCode};
use crate::grants::wire::{WireFault, outbound};

/// `model.options`.
#[derive(Clone, ComponentType, Lift, Lower)]
#[component(record)]
struct WireOptions {
    temperature: f32,
    #[component(name = "max-tokens")]
    max_tokens: u32,
    system: Option<String>,
    stop: Vec<String>,
}

/// `judge.verdict`.
#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(record)]
struct WireVerdict {
    score: f32,
    coverage: f32,
}

/// Asks the run's advisor; `bytes_in` crossed the border with the question, `bytes_out` are those of an answer.
fn consult<T>(
    store: &mut StoreContextMut<'_, Cell>,
    bytes_in: usize,
    ask: impl FnOnce(&dyn Advisor) -> Result<T, Fault>,
    bytes_out: impl FnOnce(&T) -> usize,
) -> wasmtime::Result<(Result<T, WireFault>,)> {
    charge(store, bytes_in)?;
    let asked = Instant::now();
    let answer = match store.data().advice.advisor() {
        Some(advisor) => ask(&**advisor),
        // INVARIANT: without an advisor who serves the capability the genome is refused before it runs.
        None => {
            Err(Fault { code: FaultCode::Unavailable, message: "nobody is there to be asked".to_owned() })
        }
    };
    let deadline = &mut store.data_mut().deadline;
    deadline.wait(asked.elapsed());
    let ticks = deadline.ticks();
    store.set_epoch_deadline(ticks);
    let (bytes, result) = outbound(answer, bytes_out);
    charge_answer(store, bytes)?;
    Ok((result,))
}

pub(crate) fn link_model(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap(
        "generate",
        |mut store: StoreContextMut<'_, Cell>, (model, prompt, options): (String, String, WireOptions)| {
            let WireOptions { temperature, max_tokens, system, stop } = options;
            let bytes = model.len()
                + prompt.len()
                + system.as_ref().map_or(0, String::len)
                + stop.iter().map(String::len).sum::<usize>();
            let asked = Generation { model, prompt, temperature, max_tokens, system, stop };
            let ask = |advisor: &dyn Advisor| asked.check().and_then(|()| advisor.generate(&asked));
            consult(&mut store, bytes, ask, String::len)
        },
    )?;
    instance.func_wrap("embed", |mut store: StoreContextMut<'_, Cell>, (model, text): (String, String)| {
        let ask = |advisor: &dyn Advisor| advisor.embed(&model, &text).and_then(finite);
        consult(&mut store, model.len() + text.len(), ask, |vector| vector.len() * size_of::<f32>())
    })
}

pub(crate) fn link_judge(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    type Asked = (String, String, String, Option<String>);
    instance.func_wrap(
        "score",
        |mut store: StoreContextMut<'_, Cell>, (judge, question, answer, reference): Asked| {
            let bytes =
                judge.len() + question.len() + answer.len() + reference.as_ref().map_or(0, String::len);
            let asked = Judgement { judge, question, answer, reference };
            let ask = |advisor: &dyn Advisor| {
                let Verdict { score, coverage } = advisor.score(&asked)?.check()?;
                Ok(WireVerdict { score, coverage })
            };
            consult(&mut store, bytes, ask, |_| 0)
        },
    )
}

pub(crate) fn link_human(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("approve", |mut store: StoreContextMut<'_, Cell>, (what,): (String,)| {
        consult(&mut store, what.len(), |advisor| advisor.approve(&what), |_| 0)
    })?;
    instance.func_wrap("ask", |mut store: StoreContextMut<'_, Cell>, (question,): (String,)| {
        consult(&mut store, question.len(), |advisor| advisor.ask(&question), String::len)
    })
}

/// A vector of numbers only: what is none would not cross the border as the same on every machine.
fn finite(vector: Vec<f32>) -> Result<Vec<f32>, Fault> {
    if vector.iter().all(|number| number.is_finite()) {
        return Ok(vector);
    }
    Err(Fault {
        code: FaultCode::Failed,
        message: "the embedding has something in it that is no number".to_owned(),
    })
}
