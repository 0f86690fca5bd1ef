use std::fmt::Write as _;
use std::fs;

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::*;

const WAT: &str = r#"(module (func (export "run") (param i64) (result i64) (local.get 0)))"#;

/// A folder with the genomes `euclid.wat`, `oracle.wat` and `partner.wat`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["euclid.wat", "oracle.wat", "partner.wat"] {
        fs::write(folder.path().join(name), WAT).unwrap();
    }
    folder
}

fn parse(text: &str) -> Result<Arena, ArenaError> {
    Arena::parse("arena.toml", text, folder().path())
}

fn accept(text: &str) -> Arena {
    match parse(text) {
        Ok(arena) => arena,
        Err(error) => panic!("{}", plain(&error)),
    }
}

/// One line for each mistake and one for its hint.
fn plain(error: &ArenaError) -> String {
    let ArenaError::Invalid { mistakes, .. } = error else { return error.to_string() };
    let mut text = String::new();
    for mistake in mistakes {
        writeln!(text, "{}:{}: {mistake}", mistake.line(), mistake.column()).unwrap();
        if let Some(hint) = mistake.hint() {
            writeln!(text, "   hint: {hint}").unwrap();
        }
    }
    text
}

fn reject(text: &str) -> String {
    plain(&parse(text).expect_err("the arena has mistakes"))
}

/// A good arena of one case, with `more` lines in front of its tables.
fn with(more: &str) -> String {
    format!(
        "name = \"gcd\"\nworld = \"program\"\n{more}\n[budget]\ncycles = 100\n[[case]]\ninput = [1]\nexpected = [1]\n"
    )
}

#[test]
fn an_arena_says_only_what_differs_from_the_defaults() {
    let arena = accept(&with(""));
    assert_eq!((arena.name.as_str(), arena.title.as_str(), arena.world), ("gcd", "gcd", World::Program));
    assert_eq!(arena.budget, Budget { cycles: 100, memory_kib: 1024 });
    assert_eq!((arena.gate, arena.held_out, arena.seed), (Gate::ALL_CASES, 0.25, 1));
    assert_eq!((arena.capabilities, arena.players), (CapabilitySet::EMPTY, vec![Player::Variant]));
    let seat = Seat { input: vec![1], expected: Some(vec![1]) };
    let expect = Case {
        name: "case-1".to_owned(),
        weight: Weight::ONE,
        side: Side::Selection,
        senses: BTreeMap::new(),
        task: Task::Numbers { seats: vec![seat], tolerance: 0, acts: None },
    };
    assert_eq!(arena.cases, [expect]);
}

#[test]
fn every_key_is_read() {
    let arena = accept(
        r#"
name = "gcd"
title = "greatest common divisor"
world = "program"
rivals = ["euclid.wat"]
capabilities = ["senses", "mail", "memory", "random", "log", "files"]
held_out = 0
gate = 0.9
seed = 18_446_744_073_709_551_615
[budget]
cycles = 1_000
memory_kib = 64
[[case]]
name = "first"
input = [9, 28]
expected = [1]
tolerance = 2
weight = 1.5
held_out = true
senses = { 0 = [180, 190], 7 = [] }
acts = [[1, 1], [1, -5]]
[[case]]
input = []
acts = []
[generate]
count = 3
oracle = "oracle.wat"
input = [{ min = -1, max = 1 }, { min = 5, max = 5, repeat = 2 }, { min = 0, max = 9, repeat = [0, 4] }]
senses = { 2 = { min = 1, max = 6, repeat = 10 } }
tolerance = 1
"#,
    );
    insta::assert_compact_debug_snapshot!((&arena.title, arena.gate, arena.seed, arena.capabilities.to_string(), &arena.cases), @r#"("greatest common divisor", Gate(0.9), 18446744073709551615, "senses, mail, memory, random, log, files", [Case { name: "first", weight: Weight(1500), side: HeldOut, senses: {0: [180, 190], 7: []}, task: Numbers { seats: [Seat { input: [9, 28], expected: Some([1]) }], tolerance: 2, acts: Some([(1, 1), (1, -5)]) } }, Case { name: "case-2", weight: Weight(1000), side: Selection, senses: {}, task: Numbers { seats: [Seat { input: [], expected: None }], tolerance: 0, acts: Some([]) } }])"#);
    let generate = arena.generate.unwrap();
    assert_eq!((generate.count(), generate.tolerance, generate.oracle.name.as_str()), (3, 1, "oracle.wat"));
    insta::assert_compact_debug_snapshot!(generate.draw(1, 0), @r#"[Draft { name: "random-1", side: Selection, input: [1, 5, 5, 2], senses: {2: [3, 6, 6, 1, 5, 3, 2, 3, 1, 1]} }, Draft { name: "random-2", side: Selection, input: [0, 5, 5], senses: {2: [2, 1, 6, 4, 6, 5, 1, 4, 3, 1]} }, Draft { name: "random-3", side: Selection, input: [1, 5, 5, 9, 9, 7, 6], senses: {2: [4, 2, 5, 3, 6, 5, 1, 6, 3, 5]} }]"#);
    assert_ne!(generate.draw(1, 0), generate.draw(1, 1));
    assert_ne!(generate.draw(1, 0), generate.draw(2, 0));
}

#[test]
fn agents_have_a_seat_each() {
    let arena = accept(
        r#"
name = "agree"
world = "program"
capabilities = ["mail"]
agents = ["variant", "partner.wat", "variant"]
[budget]
cycles = 1_000
[[case]]
inputs = [[3], [9], []]
outputs = [[9], [9], []]
"#,
    );
    assert_eq!((arena.players.len(), arena.n_variants()), (3, 2));
    let Task::Numbers { seats, .. } = &arena.cases[0].task else { panic!("a case of numbers") };
    assert_eq!(seats[1], Seat { input: vec![9], expected: Some(vec![9]) });
}

#[test]
fn ecosystems_are_asked_and_answer() {
    let arena = accept(
        r#"
name = "words"
world = "ecosystem"
[budget]
cycles = 1_000
[[case]]
prompt = "hello"
answer = "olleh"
"#,
    );
    assert_eq!(arena.cases[0].task, Task::Text { prompt: "hello".to_owned(), answer: "olleh".to_owned() });
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = r#"
nam = "gcd"
world = "programm"
rivals = ["euclid.wat", "euklid.wat", "../euclid.wat", "euclid.wat"]
capabilities = ["sense", "model", "clock"]
held_out = 1.5
gate = "high"
[budget]
cycle = 100_000
memory_kib = 0
"#;
    insta::assert_snapshot!(reject(text), @r#"
    1:1: the arena has no `name`
       hint: add `name = "gcd"`
    2:1: unknown key `nam` in the arena
       hint: did you mean `name`?
    3:9: `world`: expected `program` or `ecosystem`, found `programm`
       hint: did you mean `program`?
    4:25: `rivals`: the arena's folder has no file `euklid.wat`
       hint: did you mean `euclid.wat`?
    4:39: `rivals`: expected a file of the arena's folder, found `../euclid.wat`
       hint: copy the file into the arena's folder and name it without a path
    4:56: rival `euclid.wat` is there twice
    5:17: unknown capability `sense`
       hint: did you mean `senses`?
    5:26: capability `model` is for arenas that have models
       hint: add `[models]` with `config = "models.toml"`, the file that says which models there are
    5:35: unknown capability `clock`
       hint: the capabilities are `senses`, `mail`, `memory`, `random`, `log`, `files`, `model`, `judge`, `human`
    6:12: `held_out`: expected a number from 0 to 1, found 1.5
    7:8: `gate`: expected a number, found a text
    8:1: `[budget]` has no `cycles`
       hint: add `cycles = 100_000`
    9:1: unknown key `cycle` in `[budget]`
       hint: did you mean `cycles`?
    10:14: `memory_kib`: expected a whole number from 1 to 1048576, found 0
    "#);
}

#[test]
fn all_mistakes_of_cases_are_told_at_once() {
    let text = r#"
name = "gcd"
world = "program"
[budget]
cycles = 100
[[case]]
name = "one"
input = [1, 2.5, "3", 9_223_372_036_854_775_808]
expected = 1
weight = 0
[[case]]
name = "two"
input = [1]
wieght = 0.0001
held_out = "yes"
[[case]]
name = "two"
prompt = "hello"
[[case]]
input = [1]
tolerance = -1
senses = { x = [1], 0 = 5 }
acts = [[1], [-1, 1], [1, 2, 3]]
[[case]]
name = ""
input = [1]
expected = [1]
[[case]]
name = "twin"
input = [1]
expected = [1]
[[case]]
name = "twin"
input = [1]
expected = [1]
[generate]
count = 0
oracle = "oracel.wat"
input = [{ min = 5, max = 1 }, { min = 1 }, { min = 1, max = 2, repeat = [3, 1] }, { min = 1, max = 2, repeat = [1] }]
"#;
    insta::assert_snapshot!(reject(text), @r#"
    8:13: `input`: expected a whole number, found a number with a fraction
    8:18: `input`: expected a whole number, found a text
    8:23: `input`: expected a signed 64-bit number, found 9223372036854775808
    9:12: `expected`: expected a list of numbers, such as `[1, 2]`, found a whole number
    10:10: `weight`: expected a number from 0.001 to 1000000, found 0
    11:1: the case expects nothing
       hint: add `expected = [...]`, the right output, or `acts = [...]`, the right acts
    14:1: unknown key `wieght` in a case
       hint: did you mean `weight`?
    15:12: `held_out`: expected `true` or `false`, found a text
    16:1: a case has no `input`
       hint: add `input = [1, 2]`
    16:1: the case expects nothing
       hint: add `expected = [...]`, the right output, or `acts = [...]`, the right acts
    18:1: `prompt` has no place in an arena of world `program` with one agent
       hint: a case of it has `input`, `expected`, `tolerance`, `senses`, `acts`
    21:13: `tolerance`: expected a whole number from 0 up, found -1
    22:12: `senses`: expected a channel's number as the key, found `x`
    22:25: `senses`: expected a list of numbers, such as `[1, 2]`, found a whole number
    23:9: `acts`: expected an act `[channel, value]`, found a longer or shorter list
    23:15: `acts`: expected a whole number from 0 to 4294967295, found -1
    23:23: `acts`: expected an act `[channel, value]`, found a longer or shorter list
    25:8: `name`: expected a name, found none
    33:8: case `twin` is there twice
    37:9: `count`: expected a whole number from 1 to 10000, found 0
    38:10: `oracle`: the arena's folder has no file `oracel.wat`
       hint: did you mean `oracle.wat`?
    39:10: `min`: expected the least number not above the most, found 5 and 1
    39:32: a range has no `max`
       hint: add `max = 100`
    39:74: `repeat`: expected the least number not above the most, found 3 and 1
    39:113: `repeat`: expected a count, or `[least, most]`, found a longer or shorter list
    "#);
}

#[test]
fn mistakes_of_several_agents_are_told() {
    let head = "name = \"agree\"\nworld = \"program\"\n";
    let tail = "[budget]\ncycles = 1\n[[case]]\ninputs = [[1]]\noutputs = [[1], [2], [3]]\nacts = []\n";
    let both = |agents: &str| reject(&format!("{head}agents = {agents}\n{tail}"));
    insta::assert_snapshot!(both(r#"["variant", "partner.wat"]"#), @r#"
    7:10: `inputs`: expected one list for each of the 2 agents, found 1
    8:11: `outputs`: expected one list for each of the 2 agents, found 3
    9:1: `acts` has no place in an arena of several agents
       hint: a case of it has `inputs`, `outputs`, `tolerance`, `senses`
    "#);
    insta::assert_snapshot!(both(r#"["partner.wat", "partner.wat"]"#), @r#"
    3:10: `agents`: expected at least one `variant`
       hint: `variant` stands for the genome being scored; the others are genomes of the arena's folder
    "#);
    insta::assert_snapshot!(both(r#"["variants"]"#), @r#"
    3:11: `agents`: the arena's folder has no file `variants`
       hint: did you mean `variant`?
    "#);
}

#[test]
fn mistakes_about_the_whole_are_told() {
    insta::assert_snapshot!(reject("name = \"a\nworld = 1"), @r#"1:10: the file is not TOML: invalid basic string, expected `"`"#);
    insta::assert_snapshot!(reject(""), @r#"
    1:1: the arena has no `name`
       hint: add `name = "gcd"`
    1:1: the arena has no `world`
       hint: add `world = "program"`
    1:1: the arena has no `budget`
       hint: add `[budget]` and `cycles = 100_000`
    "#);
    insta::assert_snapshot!(reject("name = \"a\"\nworld = \"program\"\n[budget]\ncycles = 1"), @r#"
    1:1: the arena has no cases
       hint: add a `[[case]]`, or `[generate]` with an oracle
    "#);
    insta::assert_snapshot!(reject(&with("held_out = 1")), @r#"
    3:12: every case is held out
       hint: leave at least one case to selection
    "#);
    insta::assert_snapshot!(reject(&with("[generate]\ncount = 10_000\noracle = \"oracle.wat\"\ninput = []")), @"1:1: the arena has 10001 cases, the limit is 10000");
    insta::assert_snapshot!(reject(&with("[generate]\ncount = 1\noracle = \"oracle.wat\"\ninput = []").replace("[[case]]", "[[case]]\nname = \"random-1\"")), @r#"
    10:8: case `random-1` is there twice
       hint: a case without a name is called after its position, a generated one `random-N`, a question `question-N`
    "#);
}

#[test]
fn a_report_frames_the_place() {
    let error = parse(&with("rivals = [\"euklid.wat\"]")).unwrap_err();
    let mut report = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::none())
        .with_links(false)
        .render_report(&mut report, &error)
        .unwrap();
    insta::assert_snapshot!(report, @r#"
    arena::invalid

      x arena `arena.toml` has 1 mistake

    Error: arena::no-such-file

      x `rivals`: the arena's folder has no file `euklid.wat`
       ,-[arena.toml:3:11]
     2 | world = "program"
     3 | rivals = ["euklid.wat"]
       :           ^^^^^^^^^^^^
     4 | [budget]
       `----
      help: did you mean `euclid.wat`?
    "#);
}

#[test]
fn limits_hold_at_their_edges() {
    use crate::limits::*;
    let numbers = |n: usize| with("").replace("input = [1]", &format!("input = [{}]", "1,".repeat(n)));
    assert!(parse(&numbers(MAX_NUMBERS)).is_ok());
    assert!(reject(&numbers(MAX_NUMBERS + 1)).contains("has 65537 entries, the limit is 65536"));

    let named = |n: usize| with("").replace("gcd", &"n".repeat(n));
    assert!(parse(&named(MAX_NAME_BYTES)).is_ok());
    assert!(reject(&named(MAX_NAME_BYTES + 1)).contains("has 65 bytes, the limit is 64"));

    let cycles = |n: u64| with("").replace("cycles = 100", &format!("cycles = {n}"));
    assert!(parse(&cycles(MAX_CYCLES)).is_ok());
    assert!(reject(&cycles(MAX_CYCLES + 1)).contains("expected a whole number from 1 to 1000000000000"));

    let memory = |n: u64| with("").replace("cycles = 100", &format!("cycles = 100\nmemory_kib = {n}"));
    assert!(parse(&memory(MAX_MEMORY_KIB)).is_ok());
    assert!(reject(&memory(MAX_MEMORY_KIB + 1)).contains("expected a whole number from 1 to 1048576"));

    let generate = |n: usize| {
        let case = "[[case]]\ninput = [1]\nexpected = [1]\n";
        let generate = format!("[generate]\ncount = {n}\noracle = \"oracle.wat\"\ninput = []\n");
        with("").replace(case, &format!("{case}{generate}"))
    };
    assert!(parse(&generate(MAX_CASES - 1)).is_ok());
    assert!(reject(&generate(MAX_CASES)).contains("the arena has 10001 cases, the limit is 10000"));
}

#[test]
fn arenas_load_from_their_folder_or_file() {
    let folder = folder();
    let missing = Arena::load(folder.path()).unwrap_err();
    assert!(matches!(missing, ArenaError::Missing { .. }), "{missing}");

    let file = folder.path().join(ARENA_FILE);
    fs::write(&file, with("rivals = [\"euclid.wat\"]")).unwrap();
    let arena = Arena::load(folder.path()).unwrap();
    assert_eq!(arena, Arena::load(&file).unwrap());
    assert_eq!(arena.rivals[0].path, folder.path().join("euclid.wat"));

    fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(matches!(Arena::load(&file), Err(ArenaError::Read { .. })));
    fs::write(&file, " ".repeat(MAX_ARENA_BYTES as usize + 1)).unwrap();
    assert!(matches!(Arena::load(&file), Err(ArenaError::TooLarge { .. })));
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_folder() {
    let elsewhere = folder();
    let folder = folder();
    std::os::unix::fs::symlink(elsewhere.path().join("euclid.wat"), folder.path().join("link.wat")).unwrap();
    let error = Arena::parse("arena.toml", &with("rivals = [\"link.wat\"]"), folder.path()).unwrap_err();
    assert!(plain(&error).contains("expected a file of the arena's folder, found `link.wat`"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_an_arena_or_has_mistakes_with_places(
        at in 0.0..1.0_f64,
        n_cut in 0_usize..12,
        put in "[a-z0-9=\\[\\]{}\"'.,#_ \n-]{0,8}",
    ) {
        let good = crate::testing::DOUBLING;
        let from = (good.len() as f64 * at) as usize;
        let to = (from + n_cut).min(good.len());
        let text = format!("{}{put}{}", &good[..from], &good[to..]);
        if let Err(error) = parse(&text) {
            let ArenaError::Invalid { mistakes, .. } = &error else { panic!("{error}") };
            proptest::prop_assert!(!mistakes.is_empty());
            for mistake in mistakes {
                proptest::prop_assert!(mistake.line() >= 1 && mistake.line() <= text.matches('\n').count() + 1);
                proptest::prop_assert!(mistake.column() >= 1);
            }
            let mut report = String::new();
            GraphicalReportHandler::new_themed(GraphicalTheme::none()).render_report(&mut report, &error).unwrap();
        }
    }
}

const QUESTIONS: &str = r#"
title = "Two"
[[question]]
subject = "geography"
ask = "What is the capital of France?"
answer = "Paris"
wrong = ["Lyon"]
[[question]]
subject = "sums"
ask = "How much is 2 + 2?"
answer = "4"
wrong = ["5"]
check = "number"
"#;

/// An arena of world `ecosystem` with `more` lines and the questions.
fn asking(world: &str, more: &str, questions: &str) -> Result<Arena, ArenaError> {
    let folder = folder();
    fs::write(folder.path().join("questions.toml"), questions).unwrap();
    let text = format!("name = \"quiz\"\nworld = \"{world}\"\n{more}\n[budget]\ncycles = 100\n");
    Arena::parse("arena.toml", &text, folder.path())
}

#[test]
fn each_question_of_a_file_is_a_case() {
    let arena = asking("ecosystem", "questions = \"questions.toml\"\nheld_out = 0.5", QUESTIONS).unwrap();
    let names: Vec<&str> = arena.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["question-1", "question-2"]);
    assert_eq!(arena.cases.iter().filter(|case| case.side == Side::HeldOut).count(), 1);
    let Task::Question(question) = &arena.cases[1].task else { panic!("{:?}", arena.cases[1].task) };
    assert!(question.is_right("It is 4.") && !question.is_right("5"));
}

#[test]
fn questions_have_their_own_mistakes() {
    let wrong = |world, more, questions| plain(&asking(world, more, questions).expect_err("a mistake"));
    let found = [
        wrong("ecosystem", "questions = \"question.toml\"", QUESTIONS),
        wrong("ecosystem", "questions = \"questions.toml\"", "title = 1"),
        wrong("ecosystem", "questions = \"questions.toml\"", &QUESTIONS.replace("Lyon", "Paris")),
        wrong("program", "questions = \"questions.toml\"", QUESTIONS),
        wrong(
            "ecosystem",
            "questions = \"questions.toml\"\n[[case]]\nname = \"question-2\"\nprompt = \"\"\nanswer = \"\"",
            QUESTIONS,
        ),
    ];
    insta::assert_snapshot!(found.concat(), @r"
    3:13: `questions`: the arena's folder has no file `question.toml`
       hint: did you mean `questions.toml`?
    3:13: `questions`: in `questions.toml`: failed to read the questions: TOML parse error at line 1, column 9: invalid type: integer `1`, expected a string
    3:13: `questions`: in `questions.toml`: question 1 (`What is the capital of France?`): a wrong answer passes as right
    3:13: `questions` has no place in an arena of world `program` with one agent
       hint: a case of it has `input`, `expected`, `tolerance`, `senses`, `acts`
    5:8: case `question-2` is there twice
       hint: a case without a name is called after its position, a generated one `random-N`, a question `question-N`
    ");
}

/// What is wrong with an arena whose models are these.
fn wrong_models(table: &str, models: &str) -> String {
    let folder = folder();
    fs::write(folder.path().join("models.toml"), models).unwrap();
    let text = format!(
        "name = \"quiz\"\nworld = \"ecosystem\"\n{table}\n[budget]\ncycles = 100\n[[case]]\nprompt = \"\"\nanswer = \"\"\n"
    );
    plain(&Arena::parse("arena.toml", &text, folder.path()).expect_err("a mistake"))
}

#[test]
fn models_have_their_own_mistakes() {
    let found = [
        wrong_models("[models]\nconfg = \"models.toml\"\nmax_cost = -1", ""),
        wrong_models("[models]\nconfig = \"model.toml\"", ""),
        wrong_models("[models]\nconfig = \"models.toml\"", "[server.here]\nkind = \"gopher\"\nurl = \"x\""),
        wrong_models("[models]\nconfig = \"models.toml\"", "default_server = \"here\""),
        wrong_models("[models]\nconfig = \"models.toml\"", "[simulated]\nquestions = \"../q.toml\""),
        wrong_models("capabilities = [\"judge\", \"human\"]", ""),
    ];
    insta::assert_snapshot!(found.concat(), @r#"
    3:1: `[models]` has no `config`
       hint: add `config = "models.toml"`
    4:1: unknown key `confg` in `[models]`
       hint: did you mean `config`?
    5:12: `max_cost`: expected a number from 0 to 1000000, found -1
    4:10: `config`: the arena's folder has no file `model.toml`
       hint: did you mean `models.toml`?
    4:10: `config`: in `models.toml`: line 2, column 8: unknown variant `gopher`, expected `ollama` or `openai`
    4:10: `config`: in `models.toml`: `default_server`: expected one of the servers, found `here`
       hint: add a table `[server.here]`
    4:10: `config`: expected a file of the arena's folder, found `../q.toml`
       hint: copy the file into the arena's folder and name it without a path
    3:17: capability `judge` is for arenas that have models
       hint: add `[models]` with `config = "models.toml"`, the file that says which models there are
    3:26: capability `human` cannot be granted by an arena yet
       hint: an arena can grant `senses`, `mail`, `memory`, `random`, `log`, `files`
    "#);
}
