use std::time::Duration;

use proptest::prelude::*;

use super::{Asked, Failure, Outcome, Record, Recorder, Tape, TapeError};
use crate::error::{ErrorKind, ModelError};
use crate::model::{Embedded, Finish, Generated, Model, Request, TokenChoice, TokenReading};
use crate::scripted::{Act, Scripted};

fn generated(pieces: &[String], logprob: f64) -> Outcome {
    let chosen = TokenChoice { token: "yes".into(), logprob };
    Outcome::Generated(Generated {
        text: pieces.concat(),
        finish: Finish::Length,
        prompt_tokens: 16,
        completion_tokens: 2,
        tokens: vec![TokenReading { top: vec![chosen.clone()], chosen }],
        took: Duration::from_nanos(399_132_616),
    })
}

fn record(prompt: &str, pieces: &[String], logprob: f64) -> Record {
    let asked = Asked::Generate(&Request::new("m", prompt)).to_json();
    Record { asked, pieces: pieces.to_vec(), outcome: generated(pieces, logprob) }
}

fn small() -> Tape {
    let mut tape = Tape::new();
    let pieces = ["The ".to_owned(), "capit\u{e0}l".to_owned()];
    tape.insert(0, record("one", &pieces, -0.527_050_018_310_546_9));
    tape.insert(1, record("one", &[], -0.1));
    let failure = Failure {
        kind: "no-model".into(),
        model: "m".into(),
        server: "s".into(),
        message: "there is none".into(),
        help: None,
    };
    let asked = Asked::Show { model: "m" }.to_json();
    tape.insert(0, Record { asked, pieces: Vec::new(), outcome: Outcome::Failed(failure) });
    tape
}

/// The key of a call is part of what is stored: these must never change.
#[test]
fn what_is_asked_has_one_form_and_one_hash() {
    let schema = serde_json::json!({ "z": 1, "a": { "y": [], "b": null } });
    let request = Request {
        system: Some("Be brief.".into()),
        seed: Some(u64::MAX),
        schema: Some(schema),
        ..Request::new("tiny", "Say \"hi\"")
    };
    let asked = Asked::Generate(&request);
    assert_eq!(
        asked.to_json(),
        r#"{"generate":{"max_tokens":1024,"model":"tiny","prompt":"Say \"hi\"","schema":{"a":{"b":null,"y":[]},"z":1},"seed":18446744073709551615,"stop":[],"system":"Be brief.","temperature":0.7,"top_logprobs":0}}"#
    );
    assert_eq!(
        blake3::Hash::from_bytes(asked.key()).to_hex().as_str(),
        blake3::hash(asked.to_json().as_bytes()).to_hex().as_str()
    );
    let texts = ["a".to_owned()];
    assert_eq!(
        Asked::Embed { model: "m", texts: &texts }.to_json(),
        r#"{"embed":{"model":"m","texts":["a"]}}"#
    );
    assert_eq!(Asked::List.to_json(), r#""list""#);
    assert_eq!(Asked::Show { model: "m" }.to_json(), r#"{"show":{"model":"m"}}"#);
}

#[test]
fn the_order_of_recording_does_not_matter() {
    let (mut one, mut other) = (Tape::new(), Tape::new());
    let records: Vec<Record> = (0..20).map(|n| record(&format!("{n}"), &[], -1.0)).collect();
    records.iter().for_each(|record| one.insert(0, record.clone()));
    records.iter().rev().for_each(|record| other.insert(0, record.clone()));
    assert_eq!(one.to_bytes(), other.to_bytes());
    assert_eq!(one.to_lines(), other.to_lines());
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    let bytes = small().to_bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        Tape::from_bytes(&damaged).expect_err("a bit is wrong");
        Tape::from_bytes(&bytes[..at]).expect_err("the end is missing");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Tape::from_bytes(&longer), Err(TapeError::Damaged(bytes.len() - 31)));
    let mut later = bytes.clone();
    later[8] = 2;
    assert_eq!(Tape::from_bytes(&later), Err(TapeError::Version("2".into())));
    assert_eq!(Tape::from_bytes(b"something else"), Err(TapeError::NotATape));
}

/// Bytes with the right hash that say impossible things.
#[test]
fn lengths_that_lie_are_damage() {
    let bodies: [&[u8]; 5] = [
        b"fluxtape\x01\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"fluxtape\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"fluxtape\x01\x01\x00\x02{}\xff\xff\xff\xff\xff\xff\xff\x01",
        b"fluxtape\x01\x01\xff\xff\xff\xff\x7f\x02{}\x00\x00\x02{}",
        b"fluxtape\x01\x80",
    ];
    for body in bodies {
        let mut bytes = body.to_vec();
        bytes.extend_from_slice(blake3::hash(body).as_bytes());
        assert!(matches!(Tape::from_bytes(&bytes), Err(TapeError::Damaged(_))), "{body:?}");
    }
}

#[test]
fn lines_are_for_people() {
    let lines = small().to_lines();
    assert_eq!(lines.lines().next(), Some(r#"{"schema":"flux.tape/1"}"#));
    assert!(lines.contains(r#""pieces":["The ","#), "{lines}");
    let reversed: Vec<&str> = lines.lines().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
    let shuffled = format!("{}\n\n{}\n", "{\"schema\": \"flux.tape/1\"}", reversed.join("\n"));
    assert_eq!(Tape::from_lines(&shuffled), Ok(small()));
    let wrong = [
        (lines.replace("flux.tape/1", "flux.tape/9"), "expected version 1 of tapes, found 9"),
        (lines.replace("flux.tape/1", "flux.run/1"), "expected a tape"),
        (lines.replace("\"The \"", "\"A \""), "the pieces are not the text"),
        (lines.replace("\"asked\"", "\"said\""), "expected a call"),
        (String::new(), "expected a tape"),
    ];
    for (text, part) in wrong {
        let error = Tape::from_lines(&text).expect_err("it is wrong").to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn failures_come_back_as_they_were() {
    for kind in ErrorKind::ALL {
        let error = ModelError {
            kind,
            model: "m".into(),
            server: "s".into(),
            message: "it failed".into(),
            help: Some("mend it".into()),
        };
        assert_eq!(ModelError::from(&Failure::from(&error)), error);
    }
}

#[tokio::test]
async fn equal_calls_are_told_apart_by_their_occurrence() {
    let model = Scripted::new([Act::Says(&["one"], 0), Act::Says(&["two"], 0)]);
    let recorder = Recorder::record();
    let request = Request::new("m", "?");
    for _ in 0..2 {
        recorder.before(&model).generate(&request, &mut |_| {}).await.expect("it answers");
    }
    let replay = Recorder::replay(recorder.tape());
    let mut texts = Vec::new();
    for _ in 0..2 {
        texts.push(replay.before(&model).generate(&request, &mut |_| {}).await.expect("it is there").text);
    }
    assert_eq!(texts, ["one", "two"]);
    let error = replay.before(&model).generate(&request, &mut |_| {}).await.expect_err("there are two");
    assert_eq!(error.message, "the call is on the tape only 2 times");
    assert_eq!(model.asked().len(), 2);
}

#[tokio::test]
async fn another_request_is_another_call() {
    let model = Scripted::new([Act::Says(&["one"], 0)]);
    let recorder = Recorder::record();
    let request = Request::new("m", "?");
    recorder.before(&model).generate(&request, &mut |_| {}).await.expect("it answers");
    let others = [
        Request { model: "n".into(), ..request.clone() },
        Request { prompt: "!".into(), ..request.clone() },
        Request { system: Some(String::new()), ..request.clone() },
        Request { temperature: 0.700_000_000_000_000_1, ..request.clone() },
        Request { max_tokens: 1023, ..request.clone() },
        Request { seed: Some(0), ..request.clone() },
        Request { stop: vec!["\n".into()], ..request.clone() },
        Request { schema: Some(serde_json::json!({})), ..request.clone() },
        Request { top_logprobs: 1, ..request.clone() },
    ];
    let replay = Recorder::replay(recorder.tape());
    for other in others {
        let result = replay.before(&model).generate(&other, &mut |_| {}).await;
        assert_eq!(result.expect_err("it was not asked").kind, ErrorKind::NotOnTape, "{other:?}");
    }
    replay.before(&model).generate(&request, &mut |_| {}).await.expect("it was asked");
}

proptest! {
    #[test]
    fn tapes_survive_both_forms(
        calls in proptest::collection::vec(
            (any::<String>(), proptest::collection::vec(any::<String>(), 0..4), -1e9..0.0f64, 0..3u32), 0..6),
        vector in proptest::collection::vec(-1.0..1.0f32, 0..5),
    ) {
        let mut tape = small();
        for (prompt, pieces, logprob, occurrence) in calls {
            tape.insert(occurrence, record(&prompt, &pieces, logprob));
        }
        let asked = Asked::Embed { model: "m", texts: &[] }.to_json();
        let outcome = Outcome::Embedded(Embedded { vectors: vec![vector], prompt_tokens: 1 });
        tape.insert(7, Record { asked, pieces: Vec::new(), outcome });
        let bytes = tape.to_bytes();
        let read = Tape::from_bytes(&bytes).expect("it was just written");
        prop_assert_eq!(&read, &tape);
        prop_assert_eq!(read.to_bytes(), bytes);
        prop_assert_eq!(Tape::from_lines(&tape.to_lines()), Ok(tape));
    }

    #[test]
    fn no_bytes_and_no_lines_break_the_reader(bytes in any::<Vec<u8>>(), text in any::<String>()) {
        let mut tape = b"fluxtape\x01".to_vec();
        tape.extend_from_slice(&bytes);
        tape.extend_from_slice(blake3::hash(&tape).as_bytes());
        let _ = Tape::from_bytes(&tape);
        let _ = Tape::from_lines(&format!("{{\"schema\":\"flux.tape/1\"}}\n{text}"));
    }
}
