use super::generate_in_turn;
use crate::error::ErrorKind;
use crate::model::Request;
use crate::scripted::{Act, Scripted};

fn requests(models: &[&str]) -> Vec<Request> {
    models.iter().map(|model| Request::new(*model, "?")).collect()
}

#[tokio::test]
async fn the_next_is_asked_where_somebody_else_may_do_better() {
    for kind in ErrorKind::ALL {
        let model = Scripted::new([Act::Fails(&[], kind), Act::Says(&["yes"], 0)]);
        let result = generate_in_turn(&model, &requests(&["a", "b", "c"]), &mut |_| {}).await;
        if kind.may_fall_back() {
            let (idx, generated) = result.expect("the second one answers");
            assert_eq!((idx, generated.text.as_str()), (1, "yes"));
            assert_eq!(model.asked(), ["a", "b"]);
        } else {
            assert_eq!(result.expect_err("nobody else is asked").kind, kind);
            assert_eq!(model.asked(), ["a"]);
        }
    }
}

#[tokio::test]
async fn the_last_failure_is_the_failure() {
    let model = Scripted::new([
        Act::Fails(&[], ErrorKind::Busy),
        Act::Fails(&[], ErrorKind::NoModel),
        Act::Fails(&[], ErrorKind::TimedOut),
    ]);
    let error =
        generate_in_turn(&model, &requests(&["a", "b", "c"]), &mut |_| {}).await.expect_err("all fail");
    assert_eq!((error.kind, error.model.as_str()), (ErrorKind::TimedOut, "c"));
}

#[tokio::test]
async fn chains_that_are_too_long_or_come_back_are_refused_before_anybody_is_asked() {
    let model = Scripted::new([Act::Says(&["yes"], 0)]);
    let chain = ["a", "b", "c", "d", "e"];
    generate_in_turn(&model, &requests(&chain), &mut |_| {}).await.expect("five are allowed");
    let refused: [(&[&str], &str); 3] = [
        (&["a", "b", "c", "d", "e", "f"], "expected at most 5 models, found 6"),
        (&["a", "b", "a"], "comes back"),
        (&[], "found none"),
    ];
    for (models, part) in refused {
        let error =
            generate_in_turn(&model, &requests(models), &mut |_| {}).await.expect_err("it is refused");
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(error.message.contains(part), "{error}");
    }
    assert_eq!(model.asked(), ["a"]);
}
