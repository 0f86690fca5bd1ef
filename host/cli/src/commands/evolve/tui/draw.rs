//! How a run is drawn.

use std::time::Instant;

use flux_genome::diff::Side;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{
    Axis, Block, Cell, Chart, Dataset, Gauge, GraphType, List, ListItem, Paragraph, Row, Table, Tabs,
};

use crate::table::count;

use super::map::Map;
use super::view::{Best, View};

/// Colours of islands.
const COLORS: [Color; 6] =
    [Color::Cyan, Color::Yellow, Color::Green, Color::Magenta, Color::LightBlue, Color::LightRed];

/// What fills the middle of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pane {
    /// Fitness over time, the islands, and what happened.
    #[default]
    Progress,
    /// How the operators have done.
    Operators,
    /// Where the members lie.
    Map,
    /// The champion against its founder.
    Code,
}

impl Pane {
    /// Every pane, in the order of the tabs.
    pub(super) const ALL: [Self; 4] = [Self::Progress, Self::Operators, Self::Map, Self::Code];

    fn place(self) -> usize {
        Self::ALL.iter().position(|pane| *pane == self).unwrap_or(0)
    }

    /// The one to the right.
    pub(super) fn next(self) -> Self {
        Self::ALL[(self.place() + 1) % Self::ALL.len()]
    }

    /// The one to the left.
    pub(super) fn previous(self) -> Self {
        Self::ALL[(self.place() + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    fn title(self) -> &'static str {
        match self {
            Self::Progress => "1 progress",
            Self::Operators => "2 operators",
            Self::Map => "3 map",
            Self::Code => "4 code",
        }
    }
}

/// What of the view is shown.
#[derive(Debug, Default)]
pub(super) struct Showing {
    pub(super) pane: Pane,
    /// Lines that are above the screen.
    pub(super) scroll: u16,
    pub(super) is_pausing: bool,
}

impl Showing {
    pub(super) fn turn_to(&mut self, pane: Pane) {
        self.pane = pane;
        self.scroll = 0;
    }
}

/// Draws the screen as it is now.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View, showing: &mut Showing) {
    draw_at(frame, view, showing, Instant::now());
}

fn draw_at(frame: &mut Frame<'_>, view: &View, showing: &mut Showing, now: Instant) {
    let rows = [Constraint::Length(4), Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)];
    let [head, tabs, middle, foot] = Layout::vertical(rows).areas(frame.area());
    draw_head(frame, head, view, now);
    let titles = Pane::ALL.map(Pane::title);
    let chosen = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
    frame.render_widget(Tabs::new(titles).select(showing.pane.place()).highlight_style(chosen), tabs);
    match showing.pane {
        Pane::Progress => draw_progress(frame, middle, view),
        Pane::Operators => draw_operators(frame, middle, view, showing),
        Pane::Map => draw_map(frame, middle, view),
        Pane::Code => draw_code(frame, middle, view, showing),
    }
    let keys = if showing.is_pausing {
        "pausing: the generation under way is being finished"
    } else {
        "tab or arrows: another view   up, down: scroll   q: pause (--resume goes on)"
    };
    frame.render_widget(Paragraph::new(keys).style(soft()), foot);
}

fn soft() -> Style {
    Style::new().fg(Color::DarkGray)
}

fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, view: &View, now: Instant) {
    let rows = [Constraint::Length(1); 4];
    let [name, numbers, best, gauge] = Layout::vertical(rows).areas(area);
    let title = Line::from(vec![
        Span::styled(format!("flux evolve {}", view.name), strong()),
        Span::styled(format!("   {}", view.about), soft()),
    ]);
    frame.render_widget(title, name);
    let elapsed = now.duration_since(view.begun);
    let text = format!(
        "generation {}, {} variants, {:.0} variants/s, {}",
        count(view.generation),
        count(view.variants),
        view.rate(now),
        if view.trend.is_empty() { "measuring the founders" } else { view.trend },
    );
    frame.render_widget(Line::from(text), numbers);
    let against =
        view.founder.map_or_else(String::new, |founder| format!("   (founder: {})", founder.describe()));
    let text = view.champion.map_or_else(|| "no champion yet".to_owned(), |best| best.describe());
    let line = Line::from(vec![
        Span::raw("champion: "),
        Span::styled(text, strong()),
        Span::styled(against, soft()),
    ]);
    frame.render_widget(line, best);
    let seconds = elapsed.as_secs();
    let (done, label) = match (view.limit, view.most_generations) {
        (Some(limit), _) => {
            let left = limit.saturating_sub(elapsed).as_secs();
            (elapsed.as_secs_f64() / limit.as_secs_f64(), format!("{seconds} s, {left} s left"))
        }
        (None, Some(most)) => {
            let done = view.generation as f64 / most as f64;
            (done, format!("{seconds} s, generation {} of at most {most}", view.generation))
        }
        (None, None) => (0.0, format!("{seconds} s")),
    };
    let bar =
        Gauge::default().ratio(done.clamp(0.0, 1.0)).label(label).gauge_style(Style::new().fg(Color::Blue));
    frame.render_widget(bar, gauge);
}

fn draw_progress(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let islands = (view.islands.len() as u16 + 3).min(area.height / 3);
    let rows = [Constraint::Fill(1), Constraint::Length(islands), Constraint::Length(area.height / 4)];
    let [chart, table, events] = Layout::vertical(rows).areas(area);
    draw_fitness(frame, chart, view);
    draw_islands(frame, table, view);
    let room = events.height.saturating_sub(2) as usize;
    let lines = view.events.iter().rev().take(room).map(|event| ListItem::new(event.as_str()));
    frame.render_widget(List::new(lines).block(Block::bordered().title("champions, newest first")), events);
}

fn draw_fitness(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let block = Block::bordered().title("fitness of the best (logarithmic)");
    let points = || view.lines.iter().flatten();
    let least = points().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    let most = points().map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
    if least > most {
        frame.render_widget(Paragraph::new("nothing is right yet").block(block), area);
        return;
    }
    // A line needs room around it.
    let (least, most) = if most - least < 0.01 { (least - 0.1, most + 0.1) } else { (least, most) };
    let last = points().map(|(x, _)| *x).fold(1.0, f64::max);
    let lines = view.lines.iter().enumerate().map(|(at, line)| {
        Dataset::default()
            .name(format!("island {}", at + 1))
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(COLORS[at % COLORS.len()]))
            .data(line)
    });
    let label = |power: f64| format!("{:.1e}", 10f64.powf(power));
    let x = Axis::default().bounds([0.0, last]).labels(["0".to_owned(), format!("{last:.0}")]).style(soft());
    let y = Axis::default()
        .bounds([least, most])
        .labels([label(least), label(f64::midpoint(least, most)), label(most)])
        .style(soft());
    frame.render_widget(Chart::new(lines.collect()).block(block).x_axis(x).y_axis(y), area);
}

fn draw_islands(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let right =
        |best: &Option<Best>| best.map_or("-".to_owned(), |best| format!("{:.1} %", 100.0 * best.confidence));
    let cycles = |best: &Option<Best>| {
        best.and_then(|best| best.cycles).map_or("-".to_owned(), |cycles| format!("{cycles:.1}"))
    };
    let rows = view.islands.iter().enumerate().map(|(at, island)| {
        let color = COLORS[at % COLORS.len()];
        let bytes = island.best.map_or("-".to_owned(), |best| count(best.bytes));
        Row::new(vec![
            Cell::from(format!("island {}", at + 1)).style(Style::new().fg(color)),
            Cell::from(right(&island.best)),
            Cell::from(cycles(&island.best)),
            Cell::from(bytes),
            Cell::from(right(&island.median)),
            Cell::from(cycles(&island.median)),
            Cell::from(format!("{} of {}", island.behaviours, island.members)),
        ])
    });
    let header = ["", "best right", "cycles", "bytes", "median right", "cycles", "behaviours"];
    let table = Table::new(rows, [Constraint::Fill(1); 7])
        .header(Row::new(header).style(soft()))
        .block(Block::bordered().title("islands"));
    frame.render_widget(table, area);
}

fn draw_operators(frame: &mut Frame<'_>, area: Rect, view: &View, showing: &mut Showing) {
    let room = usize::from(area.height.saturating_sub(3));
    let most_scroll = view.operators.len().saturating_sub(room);
    showing.scroll = showing.scroll.min(most_scroll as u16);
    let most = view.operators.iter().map(super::view::Operator::share).fold(1e-9, f64::max);
    let room_of_bar = f64::from(area.width.saturating_sub(60).min(60));
    let rows = view.operators.iter().skip(showing.scroll.into()).map(|operator| {
        let n_blocks = (operator.share() / most * room_of_bar).round() as usize;
        Row::new(vec![
            Cell::from(operator.name),
            Cell::from(format!("{:>8.2} %", 100.0 * operator.share())),
            Cell::from(format!("{:>8.1} %", 100.0 * operator.neutral as f64 / operator.tried.max(1) as f64)),
            Cell::from(format!("{:>10}", count(operator.tried))),
            Cell::from("\u{2588}".repeat(n_blocks)).style(Style::new().fg(Color::Blue)),
        ])
    });
    let widths = [
        Constraint::Length(20),
        Constraint::Length(10),
        Constraint::Length(10),
        Constraint::Length(10),
        Constraint::Fill(1),
    ];
    let header = ["operator", "    better", "   as good", "     tried", ""];
    let table = Table::new(rows, widths)
        .header(Row::new(header).style(soft()))
        .block(Block::bordered().title("children that were better than their parent, or as good"));
    frame.render_widget(table, area);
}

fn draw_map(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let block = Block::bordered()
        .title("all members: cycles across, bytes upwards")
        .title_bottom("the fuller, the more cases right; green: all; yellow: the champion");
    let inside = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Map { places: &view.places, parts: view.parts }, inside);
}

fn draw_code(frame: &mut Frame<'_>, area: Rect, view: &View, showing: &mut Showing) {
    let block = Block::bordered().title("the champion against the first founder");
    let room = usize::from(area.height.saturating_sub(2));
    let most_scroll = view.code.len().saturating_sub(room);
    showing.scroll = showing.scroll.min(u16::try_from(most_scroll).unwrap_or(u16::MAX));
    if view.code.is_empty() {
        frame.render_widget(Paragraph::new("nothing differs yet").block(block), area);
        return;
    }
    let shown = view.code.iter().skip(showing.scroll.into()).take(room).map(|(side, text)| {
        let (mark, style) = match side {
            Side::Both => (' ', Style::new()),
            Side::Before => ('-', Style::new().fg(Color::Red)),
            Side::After => ('+', Style::new().fg(Color::Green)),
        };
        Line::styled(format!("{mark}{text}"), style)
    });
    frame.render_widget(Paragraph::new(shown.collect::<Vec<_>>()).block(block), area);
}

#[cfg(test)]
mod tests;
