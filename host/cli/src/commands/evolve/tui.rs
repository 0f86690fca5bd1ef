//! The full-screen view of a run: generations on a thread of their own, the screen and the keys on this one.

use std::io::{self, Stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use flux_run::evolution::{Evolution, Step};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};

use crate::mistakes;

mod draw;
mod map;
mod view;

pub(super) use view::View;

use draw::{Pane, Showing};

/// The screen is drawn this often.
const FRAME: Duration = Duration::from_millis(100);

/// Takes a run on until it is over or somebody pauses it, and shows it meanwhile.
///
/// The generation under way is always finished. The terminal is as it was when this returns, whatever happened.
pub(super) fn watch<'a>(
    view: View,
    run: &mut Evolution<'a>,
    advance: &mut (dyn FnMut(&mut Evolution<'a>) -> miette::Result<Step> + Send),
    is_over: &(dyn Fn(&Evolution<'_>) -> bool + Sync),
) -> miette::Result<()> {
    let screen = Screen::open();
    let mut screen = screen.map_err(|error| mistakes::failed("open the screen", &error, Some(WITHOUT)))?;
    let view = Mutex::new(view);
    let pause = AtomicBool::new(false);
    let (shown, ran) = thread::scope(|scope| {
        let worker = scope.spawn(|| -> miette::Result<()> {
            while !is_over(run) && !pause.load(Ordering::Relaxed) {
                let step = advance(run)?;
                view.lock().unwrap_or_else(PoisonError::into_inner).take(run, &step);
            }
            Ok(())
        });
        let shown = screen.show(&view, &pause, || worker.is_finished());
        pause.store(true, Ordering::Relaxed);
        (shown, worker.join())
    });
    drop(screen);
    match ran {
        Ok(ran) => ran?,
        Err(panic) => std::panic::resume_unwind(panic),
    }
    shown.map_err(|error| mistakes::failed("draw the screen", &error, Some(WITHOUT)))
}

const WITHOUT: &str = "leave `--tui` out to have plain lines instead";

/// The terminal, which is put back when this is dropped.
struct Screen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
}

impl Screen {
    fn open() -> io::Result<Self> {
        enable_raw_mode()?;
        let entered = execute!(io::stderr(), EnterAlternateScreen, cursor::Hide);
        let terminal = entered.and_then(|()| Terminal::new(CrosstermBackend::new(io::stderr())));
        match terminal {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                put_back();
                Err(error)
            }
        }
    }

    /// Draws until `is_done`; keys choose what is shown.
    fn show(&mut self, view: &Mutex<View>, pause: &AtomicBool, is_done: impl Fn() -> bool) -> io::Result<()> {
        let mut showing = Showing::default();
        while !is_done() {
            showing.is_pausing = pause.load(Ordering::Relaxed);
            {
                let view = view.lock().unwrap_or_else(PoisonError::into_inner);
                self.terminal.draw(|frame| draw::draw(frame, &view, &mut showing))?;
            }
            // Keys that came together are taken together.
            let mut wait = FRAME;
            while event::poll(wait)? {
                wait = Duration::ZERO;
                if let Event::Key(key) = event::read()?
                    && key.kind != KeyEventKind::Release
                    && takes(&mut showing, key)
                {
                    pause.store(true, Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        put_back();
    }
}

/// Puts the terminal back. There is nobody left to tell when this fails.
fn put_back() {
    let _ = disable_raw_mode();
    let _ = execute!(io::stderr(), LeaveAlternateScreen, cursor::Show);
}

/// Does what a key says; true where it asks for a pause.
fn takes(showing: &mut Showing, key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => return true,
        KeyCode::Char('q') | KeyCode::Esc => return true,
        KeyCode::Tab | KeyCode::Right | KeyCode::Char('l') => showing.turn_to(showing.pane.next()),
        KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h') => showing.turn_to(showing.pane.previous()),
        KeyCode::Char(digit) if digit.is_ascii_digit() => {
            let at = digit.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1));
            if let Some(pane) = at.and_then(|at| Pane::ALL.get(at)) {
                showing.turn_to(*pane);
            }
        }
        KeyCode::Down | KeyCode::Char('j') => showing.scroll = showing.scroll.saturating_add(1),
        KeyCode::Up | KeyCode::Char('k') => showing.scroll = showing.scroll.saturating_sub(1),
        KeyCode::PageDown => showing.scroll = showing.scroll.saturating_add(20),
        KeyCode::PageUp => showing.scroll = showing.scroll.saturating_sub(20),
        KeyCode::Home => showing.scroll = 0,
        _ => {}
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[KeyCode], pane: Pane, scroll: u16, pauses: bool) {
        let mut showing = Showing::default();
        let mut paused = false;
        for key in keys {
            paused |= takes(&mut showing, KeyEvent::new(*key, KeyModifiers::NONE));
        }
        assert_eq!((showing.pane, showing.scroll, paused), (pane, scroll, pauses), "{keys:?}");
    }

    #[test]
    fn keys_turn_panes_scroll_and_pause() {
        use KeyCode::{BackTab, Char, Down, Esc, Left, Right, Tab, Up};
        check(&[], Pane::Progress, 0, false);
        check(&[Tab], Pane::Operators, 0, false);
        check(&[Right, Right, Right, Right], Pane::Progress, 0, false);
        check(&[Left], Pane::Code, 0, false);
        check(&[BackTab, BackTab], Pane::Map, 0, false);
        check(&[Char('4'), Down, Down, Up], Pane::Code, 1, false);
        check(&[Char('4'), Down, Tab], Pane::Progress, 0, false);
        check(&[Char('9'), Char('0'), Up], Pane::Progress, 0, false);
        check(&[Char('q')], Pane::Progress, 0, true);
        check(&[Esc], Pane::Progress, 0, true);
    }

    #[test]
    fn control_c_pauses() {
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(takes(&mut Showing::default(), key));
        assert!(!takes(&mut Showing::default(), KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE)));
    }
}
