//! Charts as inline SVG. Colours come from the page's style, so that they follow light and dark.
//!
//! Coordinates have one digit after the point: a page of many generations stays small.

use std::fmt::Write as _;

use maud::{Markup, html};

/// The drawing's size, in its own units; it is scaled to the page's column.
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;

/// How values are laid out along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithm, which values below the smallest positive one have none of.
    Log,
}

/// A line of a chart.
pub(super) struct Series {
    pub(super) name: String,
    /// The class that colours it.
    pub(super) class: String,
    /// A value for each position of the chart, where there is one.
    pub(super) values: Vec<Option<f64>>,
}

/// A chart of lines over generations.
pub(super) struct Lines<'a> {
    /// A name for the element, unique on the page.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// What it shows, in a sentence, for those who do not see it.
    pub(super) summary: String,
    pub(super) scale: Scale,
    /// What the axis has to reach to be honest: 0 for counts, 0 and 1 for shares.
    pub(super) reach: &'a [f64],
    pub(super) generations: &'a [u64],
    pub(super) series: Vec<Series>,
    /// A band around the first series: half its height at each position.
    pub(super) band: Option<Vec<f64>>,
}

/// An axis: what of the values lies where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    scale: Scale,
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis from `from` to `to` on the drawing that has room for all `values`; none where there are none.
    pub(super) fn of(values: impl Iterator<Item = f64>, scale: Scale, from: f64, to: f64) -> Option<Self> {
        let usable = values.filter(|value| value.is_finite() && (scale == Scale::Linear || *value > 0.0));
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in usable {
            least = least.min(value);
            most = most.max(value);
        }
        if least > most {
            return None;
        }
        if least == most {
            let room = if least == 0.0 { 1.0 } else { least.abs() * 0.5 };
            (least, most) = (least - room, most + room);
        }
        // A ratio this small is easier to read on an even axis.
        let scale = if scale == Scale::Log && most / least < 4.0 { Scale::Linear } else { scale };
        Some(Self { scale, least, most, from, to })
    }

    /// Where a value lies; at the end where it is beyond it.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.least) / (self.most - self.least),
            Scale::Log => (value / self.least).ln() / (self.most / self.least).ln(),
        };
        // What has no logarithm lies at the low end.
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.from + share * (self.to - self.from)
    }

    /// Round values along the axis, from two to about six.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = round_up((self.most - self.least) / 5.0);
                let first = (self.least / step).ceil() as i64;
                let last = (self.most / step).floor() as i64;
                (first..=last.min(first + 12)).map(|at| at as f64 * step).collect()
            }
            Scale::Log => {
                let decades = (self.most.log10() - self.least.log10()).max(0.1);
                let digits: &[f64] = match decades {
                    d if d > 3.0 => &[1.0],
                    d if d > 1.2 => &[1.0, 3.0],
                    _ => &[1.0, 2.0, 3.0, 5.0, 7.0],
                };
                let stride = (decades / 6.0).ceil().max(1.0) as usize;
                let exponents = (self.least.log10().floor() as i32)..=(self.most.log10().ceil() as i32);
                exponents
                    .step_by(stride)
                    .flat_map(|exponent| digits.iter().map(move |digit| digit * 10f64.powi(exponent)))
                    .filter(|value| (self.least..=self.most).contains(value))
                    .collect()
            }
        }
    }
}

/// The next value of 1, 2, 5, 10, 20 ... that is not below `step`.
fn round_up(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let digit = step / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| digit <= round + 1e-9).unwrap_or(10.0);
    round * power
}

/// A number in few characters.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e4..1e15).contains(&size) {
        let (unit, factor) = [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)]
            .into_iter()
            .find(|(_, factor)| size >= *factor)
            .unwrap_or(("", 1.0));
        format!("{}{unit}", trimmed(value / factor, 1))
    } else if size >= 100.0 {
        trimmed(value, 0)
    } else if size >= 1.0 {
        trimmed(value, 2)
    } else if size >= 0.01 {
        trimmed(value, 3)
    } else {
        format!("{value:.1e}").replace(".0e", "e")
    }
}

fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Draws lines; nothing where there is no value.
pub(super) fn lines(chart: &Lines) -> Markup {
    let band = chart.band.as_deref().unwrap_or_default();
    let edges = chart.series.first().into_iter().flat_map(|series| {
        let around = series.values.iter().zip(band);
        around.filter_map(|(value, half)| value.map(|value| [value - half, value + half])).flatten()
    });
    let values = chart.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let all = values.chain(edges).chain(chart.reach.iter().copied());
    let y = Axis::of(all, chart.scale, HEIGHT - BOTTOM, TOP);
    let x = Axis::of(chart.generations.iter().map(|at| *at as f64), Scale::Linear, LEFT, WIDTH - RIGHT);
    let (Some(x), Some(y)) = (x, y) else { return html! {} };
    let title_id = format!("{}-title", chart.id);
    let summary_id = format!("{}-summary", chart.id);
    html! {
        figure.chart {
            figcaption { (chart.title) }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby=(format!("{title_id} {summary_id}")) data-from=(LEFT) data-to=(WIDTH - RIGHT) data-x=(joined(chart.generations.iter())) {
                title id=(title_id) { (chart.title) }
                desc id=(summary_id) { (chart.summary) }
                (frame(&x, &y))
                @if !band.is_empty() {
                    @if let Some(series) = chart.series.first() {
                        polygon.band points=(band_points(&x, &y, chart.generations, &series.values, band)) {}
                    }
                }
                @for series in &chart.series {
                    @for piece in pieces(&x, &y, chart.generations, &series.values) {
                        polyline class=(format!("line {}", series.class)) points=(piece) {}
                    }
                }
                line.cursor visibility="hidden" y1=(TOP) y2=(HEIGHT - BOTTOM) {}
            }
            (legend(&chart.series))
        }
    }
}

fn legend(series: &[Series]) -> Markup {
    html! {
        ul.legend aria-hidden="true" {
            @for series in series {
                li data-name=(series.name) data-v=(joined(series.values.iter().map(|value| value.map_or_else(String::new, short)))) {
                    i class=(series.class) {} span { (series.name) } " " b {}
                }
            }
        }
    }
}

fn joined<T: ToString>(values: impl Iterator<Item = T>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// Axes with their ticks; generations lie along the bottom.
fn frame(x: &Axis, y: &Axis) -> Markup {
    html! {
        @for tick in y.ticks() {
            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(fixed(y.at(tick))) y2=(fixed(y.at(tick))) {}
            text.tick x=(LEFT - 7.0) y=(fixed(y.at(tick) + 4.0)) text-anchor="end" { (short(tick)) }
        }
        @for tick in x.ticks().into_iter().filter(|tick| tick.fract() == 0.0) {
            text.tick x=(fixed(x.at(tick))) y=(HEIGHT - BOTTOM + 17.0) text-anchor="middle" { (short(tick)) }
        }
        text.axis x=(WIDTH - RIGHT) y=(HEIGHT - 5.0) text-anchor="end" { "generation" }
    }
}

fn fixed(value: f64) -> String {
    trimmed(value, 1)
}

/// The lines of a series: it is broken where a value is missing.
fn pieces(x: &Axis, y: &Axis, generations: &[u64], values: &[Option<f64>]) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for (generation, value) in generations.iter().zip(values) {
        match value {
            Some(value) => {
                // Writing to a string does not fail.
                let _ = write!(piece, "{},{} ", fixed(x.at(*generation as f64)), fixed(y.at(*value)));
            }
            None if !piece.is_empty() => pieces.push(std::mem::take(&mut piece)),
            None => {}
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

fn band_points(x: &Axis, y: &Axis, generations: &[u64], values: &[Option<f64>], band: &[f64]) -> String {
    let around = generations.iter().zip(values).zip(band);
    let around: Vec<(f64, f64, f64)> = around
        .filter_map(|((generation, value), half)| value.map(|value| (*generation as f64, value, *half)))
        .collect();
    let upper = around.iter().map(|(at, value, half)| (at, value + half));
    let lower = around.iter().rev().map(|(at, value, half)| (at, value - half));
    let points = upper.chain(lower).map(|(at, value)| format!("{},{}", fixed(x.at(*at)), fixed(y.at(value))));
    points.collect::<Vec<_>>().join(" ")
}

/// A dot of a [`tree`].
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) generation: u64,
    /// Where it lies from below, where it has a value.
    pub(super) value: Option<f64>,
    /// What is said of it.
    pub(super) note: String,
    pub(super) sources: Vec<u64>,
    /// Whether it is on the main way.
    pub(super) is_main: bool,
    /// Whether it is right in everything.
    pub(super) is_whole: bool,
}

/// Draws who came of whom, over generations.
pub(super) fn tree(title: &str, summary: &str, nodes: &[Node]) -> Markup {
    const HEIGHT_OF_TREE: f64 = 300.0;
    let wide = 2.0 * WIDTH;
    let y =
        Axis::of(nodes.iter().filter_map(|node| node.value), Scale::Log, HEIGHT_OF_TREE - BOTTOM, TOP + 6.0);
    let x =
        Axis::of(nodes.iter().map(|node| node.generation as f64), Scale::Linear, LEFT + 8.0, wide - RIGHT);
    let (Some(x), Some(y)) = (x, y) else { return html! {} };
    // What has no value lies on top: it has no correct result.
    let place = |node: &Node| (x.at(node.generation as f64), node.value.map_or(TOP, |value| y.at(value)));
    let by_id: std::collections::BTreeMap<u64, &Node> = nodes.iter().map(|node| (node.id, node)).collect();
    let mut edges = [String::new(), String::new()];
    for node in nodes {
        for (at, source) in node.sources.iter().filter_map(|source| by_id.get(source)).enumerate() {
            let is_main = at == 0 && node.is_main && source.is_main;
            let ((x1, y1), (x2, y2)) = (place(source), place(node));
            let middle = f64::midpoint(x1, x2);
            // Writing to a string does not fail.
            let _ = write!(
                edges[usize::from(is_main)],
                "M{} {}C{} {} {} {} {} {}",
                fixed(x1),
                fixed(y1),
                fixed(middle),
                fixed(y1),
                fixed(middle),
                fixed(y2),
                fixed(x2),
                fixed(y2)
            );
        }
    }
    html! {
        figure.chart.wide {
            figcaption { (title) }
            div.scroll tabindex="0" role="group" aria-label=(title) {
                svg viewBox=(format!("0 0 {wide} {HEIGHT_OF_TREE}")) role="img" aria-labelledby="tree-title tree-summary" {
                    title id="tree-title" { (title) }
                    desc id="tree-summary" { (summary) }
                    @for tick in y.ticks() {
                        line.grid x1=(LEFT) x2=(wide - RIGHT) y1=(fixed(y.at(tick))) y2=(fixed(y.at(tick))) {}
                        text.tick x=(LEFT - 7.0) y=(fixed(y.at(tick) + 4.0)) text-anchor="end" { (short(tick)) }
                    }
                    @for tick in x.ticks().into_iter().filter(|tick| tick.fract() == 0.0) {
                        text.tick x=(fixed(x.at(tick))) y=(HEIGHT_OF_TREE - BOTTOM + 17.0) text-anchor="middle" { (short(tick)) }
                    }
                    text.axis x=(wide - RIGHT) y=(HEIGHT_OF_TREE - 5.0) text-anchor="end" { "generation" }
                    path.side d=(edges[0]) {}
                    path.main d=(edges[1]) {}
                    @for node in nodes {
                        @let (cx, cy) = place(node);
                        circle cx=(fixed(cx)) cy=(fixed(cy)) r=(if node.is_main { "4" } else { "2.5" }) class=(class_of(node)) {
                            title { (node.note) }
                        }
                    }
                }
            }
        }
    }
}

fn class_of(node: &Node) -> &'static str {
    match (node.is_main, node.is_whole) {
        (true, true) => "main whole",
        (true, false) => "main",
        (false, true) => "side whole",
        (false, false) => "side",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_values() {
        let ticks = |least: f64, most: f64, scale| {
            let axis = Axis::of([least, most].into_iter(), scale, 0.0, 100.0);
            axis.map_or_else(Vec::new, |axis| axis.ticks())
        };
        assert_eq!(ticks(0.0, 10.0, Scale::Linear), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(3.0, 397.0, Scale::Linear), [100.0, 200.0, 300.0]);
        assert_eq!(ticks(10.0, 100.0, Scale::Log), [10.0, 20.0, 30.0, 50.0, 70.0, 100.0]);
        assert_eq!(ticks(1.0, 1e9, Scale::Log).len(), 5);
        // Of values that lie close together the logarithm says little.
        assert_eq!(ticks(10.0, 30.0, Scale::Log), [10.0, 15.0, 20.0, 25.0, 30.0]);
        assert!(ticks(-1.0, 0.0, Scale::Log).is_empty());
        assert_eq!(ticks(5.0, 5.0, Scale::Linear), [3.0, 4.0, 5.0, 6.0, 7.0]);
    }

    #[test]
    fn values_beyond_an_axis_lie_at_its_ends() {
        let axis = Axis::of([1.0, 100.0].into_iter(), Scale::Log, 0.0, 10.0);
        let at = |value| axis.map_or(f64::NAN, |axis| axis.at(value));
        assert_eq!([at(0.0), at(1.0), at(10.0), at(100.0), at(1e9)], [0.0, 0.0, 5.0, 10.0, 10.0]);
    }

    #[test]
    fn numbers_are_short() {
        let short_of = |value| short(value);
        assert_eq!(
            [0.0, 0.5, 1.25, 99.0, 1234.0, 12_345.0, 2.5e6, 0.000_12].map(short_of),
            ["0", "0.5", "1.25", "99", "1234", "12.3k", "2.5M", "1.2e-4"]
        );
    }

    #[test]
    fn a_series_is_broken_where_a_value_is_missing() {
        let axis = Axis { scale: Scale::Linear, least: 0.0, most: 10.0, from: 0.0, to: 10.0 };
        let found = pieces(&axis, &axis, &[0, 1, 2, 3], &[Some(1.0), None, Some(2.0), Some(3.0)]);
        assert_eq!(found, ["0,1 ", "2,2 3,3 "]);
    }
}
