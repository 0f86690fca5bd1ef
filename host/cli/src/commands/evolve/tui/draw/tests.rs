//! The screen, on a terminal that is a buffer.

use std::collections::VecDeque;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::view::{Island, Operator, Place};
use super::*;

fn sample(begun: Instant) -> View {
    let best = |confidence, cycles, bytes| Some(Best { confidence, cycles: Some(cycles), bytes });
    let operator = |name, tried, better, neutral| Operator { name, tried, better, neutral };
    let place = |cycles, size, confidence, is_champion| Place { cycles, size, confidence, is_champion };
    View {
        name: "gcd-1".to_owned(),
        about: "islands in gcd, seed 1".to_owned(),
        begun,
        limit: Some(Duration::from_secs(60)),
        most_generations: Some(400),
        generation: 40,
        variants: 20_500,
        variants_before: Some(500),
        trend: "improving",
        islands: vec![
            Island {
                best: best(1.0, 512.25, 540),
                median: best(0.5, 900.0, 600),
                members: 64,
                behaviours: 9,
            },
            Island { best: None, median: None, members: 0, behaviours: 0 },
        ],
        lines: vec![vec![(0.0, -4.0), (20.0, -3.0), (40.0, -2.0)], Vec::new()],
        operators: vec![operator("prune", 1200, 300, 600), operator("graft", 100, 5, 10)],
        places: vec![
            place(40, 36, 0.1, false),
            place(44, 37, 0.6, false),
            place(44, 38, 1.0, false),
            place(48, 36, 1.0, true),
        ],
        parts: 4,
        champion: best(1.0, 512.25, 540),
        founder: best(1.0, 1024.5, 537),
        code: vec![
            (Side::Both, "changed function 0 (i64) -> (i64), -1 +1".to_owned()),
            (Side::Before, "  i64.div_u".to_owned()),
            (Side::After, "  i64.shr_u".to_owned()),
        ],
        events: VecDeque::from([
            "    12  100.0 % right".to_owned(),
            "    30  100.0 % right, fewer cycles".to_owned(),
        ]),
        stride: 1,
        looked: None,
        read: None,
        is_new: true,
    }
}

/// What stands on a screen of this size, ten seconds after the view began.
fn drawn(view: &View, pane: Pane, width: u16, height: u16) -> String {
    let mut showing = Showing { pane, scroll: u16::MAX, is_pausing: false };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a buffer is a terminal");
    let now = view.begun + Duration::from_secs(10);
    terminal.draw(|frame| draw_at(frame, view, &mut showing, now)).expect("a buffer can be drawn on");
    terminal.backend().to_string()
}

fn screen(pane: Pane) -> String {
    drawn(&sample(Instant::now()), pane, 90, 24)
}

#[test]
fn progress_shows_fitness_islands_and_champions() {
    insta::assert_snapshot!("progress", screen(Pane::Progress));
}

#[test]
fn operators_have_bars() {
    insta::assert_snapshot!("operators", screen(Pane::Operators));
}

#[test]
fn the_map_has_cycles_across_and_bytes_upwards() {
    insta::assert_snapshot!("map", screen(Pane::Map));
}

#[test]
fn code_has_marks() {
    insta::assert_snapshot!("code", screen(Pane::Code));
}

#[test]
fn nothing_is_too_small_and_nothing_too_empty() {
    let begun = Instant::now();
    let mut empty = sample(begun);
    empty.islands.clear();
    empty.lines.clear();
    empty.operators.clear();
    empty.places.clear();
    empty.code.clear();
    empty.events.clear();
    (empty.champion, empty.founder, empty.limit, empty.most_generations) = (None, None, None, None);
    for pane in Pane::ALL {
        for view in [&empty, &sample(begun)] {
            for (width, height) in [(1, 1), (5, 3), (12, 9), (20, 40), (300, 100)] {
                drawn(view, pane, width, height);
            }
        }
    }
}
