use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::residents::{Next, Residents};
use super::{PATIENCE, Residence, Residency};
use crate::error::{ErrorKind, ModelError};

/// A machine with models of a few bytes.
#[derive(Default)]
struct Machine {
    sizes: BTreeMap<String, u64>,
    loaded: Mutex<BTreeMap<String, u64>>,
    unloaded: Mutex<Vec<String>>,
    is_broken: bool,
}

impl Machine {
    fn new(sizes: &[(&str, u64)]) -> Self {
        let sizes = sizes.iter().map(|(name, bytes)| (format!("{name}:latest"), *bytes)).collect();
        Self { sizes, ..Self::default() }
    }

    /// What an answer of the model does: it has it loaded.
    fn load(&self, model: &str) {
        let model = super::with_tag(model);
        let bytes = self.sizes[&model];
        self.loaded.lock().expect("no panic").insert(model, bytes);
    }

    fn taken(&self) -> u64 {
        self.loaded.lock().expect("no panic").values().sum()
    }

    fn unloaded(&self) -> Vec<String> {
        std::mem::take(&mut *self.unloaded.lock().expect("no panic"))
    }
}

#[async_trait]
impl Residence for Machine {
    async fn loaded(&self) -> Result<Vec<(String, u64)>, ModelError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(self.loaded.lock().expect("no panic").clone().into_iter().collect())
    }

    async fn size(&self, model: &str) -> Result<Option<u64>, ModelError> {
        Ok(self.sizes.get(model).copied())
    }

    async fn unload(&self, model: &str) -> Result<(), ModelError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if self.is_broken {
            return Err(crate::scripted::error(ErrorKind::Failed, model));
        }
        self.loaded.lock().expect("no panic").remove(model);
        self.unloaded.lock().expect("no panic").push(model.to_owned());
        Ok(())
    }
}

fn residency(machine: &Arc<Machine>, limit: u64) -> Arc<Residency> {
    Arc::new(Residency::new(machine.clone(), "here", limit))
}

/// A call of the model that takes so many milliseconds.
async fn call(residency: &Residency, machine: &Machine, model: &str, ms: u64) -> Result<(), ModelError> {
    let stay = residency.enter(model).await?;
    machine.load(model);
    tokio::time::sleep(Duration::from_millis(ms)).await;
    drop(stay);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_least_recently_used_model_goes() {
    let machine = Arc::new(Machine::new(&[("a", 4), ("b", 4), ("c", 4)]));
    let residency = residency(&machine, 8);
    for model in ["a", "b", "a:latest", "c", "a", "c"] {
        call(&residency, &machine, model, 1).await.expect("there is room");
        assert!(machine.taken() <= 8);
    }
    assert_eq!(machine.unloaded(), ["b:latest"]);
    call(&residency, &machine, "b", 1).await.expect("there is room");
    assert_eq!(machine.unloaded(), ["a:latest"]);
}

#[tokio::test(start_paused = true)]
async fn what_others_had_loaded_goes_first() {
    let machine = Arc::new(Machine::new(&[("a", 4), ("b", 4), ("stranger", 4)]));
    let residency = residency(&machine, 8);
    call(&residency, &machine, "a", 1).await.expect("there is room");
    machine.load("stranger");
    call(&residency, &machine, "b", 1).await.expect("there is room");
    assert_eq!(machine.unloaded(), ["stranger:latest"]);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_can_never_fit_is_refused() {
    let machine = Arc::new(Machine::new(&[("fits", 8), ("big", 9)]));
    let residency = residency(&machine, 8);
    call(&residency, &machine, "fits", 1).await.expect("it just fits");
    let error = call(&residency, &machine, "big", 1).await.expect_err("it is one byte too big");
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("it takes 9 bytes") && error.help.is_some(), "{error}");
    assert!(machine.unloaded().is_empty());
}

/// Two models of which only one fits, each wanted by a hundred calls that come all at once and mixed.
#[tokio::test(start_paused = true)]
async fn two_big_models_do_not_thrash() {
    let machine = Arc::new(Machine::new(&[("a", 6), ("b", 6)]));
    let residency = residency(&machine, 8);
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let (machine, residency) = (machine.clone(), residency.clone());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(n / 2)).await;
                call(&residency, &machine, if n % 2 == 0 { "a" } else { "b" }, 10).await?;
                assert!(machine.taken() <= 8);
                Ok::<_, ModelError>(())
            })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("it has its turn");
    }
    let n = machine.unloaded().len();
    // In strict turns there would be 199.
    assert!((1..=200 / PATIENCE as usize).contains(&n), "{n}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let machine = Arc::new(Machine::new(&[("a", 6), ("b", 6)]));
    let residency = residency(&machine, 8);
    let busy = |n: u64| {
        let (machine, residency) = (machine.clone(), residency.clone());
        tokio::spawn(async move {
            for _ in 0..500 {
                call(&residency, &machine, "a", 7 + n).await.expect("it has its turn");
            }
        })
    };
    // Three callers that overlap, so that the model is never idle by itself.
    let others: Vec<_> = (0..3).map(busy).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = tokio::time::Instant::now();
    call(&residency, &machine, "b", 1).await.expect("it has its turn");
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    for other in others {
        other.await.expect("no panic");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_dropped_while_waiting_or_unloading_is_forgotten() {
    let machine = Arc::new(Machine::new(&[("a", 6), ("b", 6)]));
    let residency = residency(&machine, 8);
    let stay = residency.enter("a").await.expect("there is room");
    machine.load("a");
    let wait = Duration::from_millis(20);
    assert!(tokio::time::timeout(wait, residency.enter("b")).await.is_err(), "`a` is busy");
    for _ in 0..2 * PATIENCE {
        call(&residency, &machine, "a", 1).await.expect("nobody has to be let pass");
    }
    drop(stay);
    let wait = Duration::from_millis(3);
    assert!(tokio::time::timeout(wait, residency.enter("b")).await.is_err(), "unloading takes 5 ms");
    call(&residency, &machine, "a", 1).await.expect("it is still there");
    call(&residency, &machine, "b", 1).await.expect("now it has its turn");
    assert_eq!(machine.unloaded(), ["a:latest"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_unload_is_the_callers() {
    let machine = Machine { is_broken: true, ..Machine::new(&[("a", 6), ("b", 6)]) };
    let machine = Arc::new(machine);
    let residency = residency(&machine, 8);
    call(&residency, &machine, "a", 1).await.expect("there is room");
    assert_eq!(call(&residency, &machine, "b", 1).await.expect_err("it stays").kind, ErrorKind::Failed);
    call(&residency, &machine, "a", 1).await.expect("nothing is stuck");
}

#[test]
fn a_model_that_answers_is_never_told_to_go() {
    let mut residents = Residents::default();
    let ticket = residents.queue();
    assert_eq!(residents.next("a", 5, 8, ticket), Next::Enter);
    let ticket = residents.queue();
    assert_eq!(residents.next("b", 5, 8, ticket), Next::Wait);
    residents.leave("a");
    assert_eq!(residents.next("b", 5, 8, ticket), Next::Unload("a".into()));
    assert!(!residents.enter_if_loaded("a", ticket), "it is leaving");
    residents.unloaded("a");
    assert_eq!(residents.next("b", 5, 8, ticket), Next::Enter);
    // It fits to the last byte.
    let ticket = residents.queue();
    assert_eq!(residents.next("c", 3, 8, ticket), Next::Enter);
}
