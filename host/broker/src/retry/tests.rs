use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use super::Retry;
use crate::error::{ErrorKind, ModelError};
use crate::tape::Asked;

fn failure(kind: ErrorKind) -> Result<(), ModelError> {
    Err(ModelError { kind, model: "m".into(), server: "s".into(), message: "it failed".into(), help: None })
}

#[test]
fn pauses_double_with_jitter_from_the_seed() {
    let mut seen = Vec::new();
    for seed in 0..200 {
        let pauses: Vec<Duration> = Retry::new(seed).pauses(Asked::Show { model: "a" }).collect();
        assert_eq!(pauses.len(), 3);
        for (n, pause) in pauses.iter().enumerate() {
            let plain = f64::from(1 << n);
            let factor = pause.as_secs_f64() / plain;
            assert!((0.5..=1.5).contains(&factor), "{factor}");
            seen.push(factor);
        }
        assert_eq!(pauses, Retry::new(seed).pauses(Asked::Show { model: "a" }).collect::<Vec<_>>());
        assert_ne!(pauses, Retry::new(seed).pauses(Asked::Show { model: "b" }).collect::<Vec<_>>());
    }
    let mean = seen.iter().sum::<f64>() / seen.len() as f64;
    assert!((mean - 1.0).abs() < 0.05, "{mean}");
}

#[tokio::test(start_paused = true)]
async fn only_what_may_pass_is_tried_again() {
    for kind in ErrorKind::ALL {
        let mut pauses = Retry::new(1).pauses(Asked::List);
        let (begun, mut attempts) = (Instant::now(), 0);
        let result = loop {
            attempts += 1;
            if let ControlFlow::Break(result) = pauses.after(failure(kind)).await {
                break result;
            }
        };
        assert_eq!(result, failure(kind));
        let passed = begun.elapsed().as_secs_f64();
        if kind.is_transient() {
            assert!(attempts == 4 && (3.5..=10.5).contains(&passed), "{kind}: {attempts} in {passed} s");
        } else {
            assert!(attempts == 1 && passed == 0.0, "{kind}: {attempts} in {passed} s");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_ends_it() {
    let mut pauses = Retry::new(1).pauses(Asked::List);
    assert_eq!(pauses.after(failure(ErrorKind::Busy)).await, ControlFlow::Continue(()));
    assert_eq!(pauses.after(Ok(())).await, ControlFlow::Break(Ok(())));
}
