//! The grid of MAP-Elites: cycles across, size upwards.

use maud::{Markup, html};

use super::super::chart;
use super::super::facts::{CellV1, ReportV1};
use crate::table::count;

/// Units of the drawing that a cell takes.
const CELL: u32 = 18;
const LEFT: u32 = 62;
const BOTTOM: u32 = 40;

/// Labels stand at every so many cells: an octave.
const OCTAVE: u32 = 4;

/// The smallest number that lies in a cell of quarter octaves.
fn least(quarters: u32) -> u64 {
    let exponent = (quarters / OCTAVE).min(60);
    (1u64 << exponent) + (u64::from(quarters % OCTAVE) << exponent) / u64::from(OCTAVE)
}

/// The section with the grid; nothing where the strategy keeps none.
pub(super) fn section(run: &ReportV1) -> Markup {
    let Some(cells) = run.grid.as_ref().filter(|cells| !cells.is_empty()) else { return html! {} };
    let bounds = |of: fn(&CellV1) -> u32| {
        let values = cells.iter().map(of);
        (values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
    };
    let ((x0, x1), (y0, y1)) = (bounds(|cell| cell.cycles), bounds(|cell| cell.size));
    let (wide, high) = ((x1 - x0 + 1) * CELL + LEFT + 8, (y1 - y0 + 1) * CELL + BOTTOM + 4);
    let x = |cycles: u32| LEFT + (cycles - x0) * CELL;
    let y = |size: u32| 4 + (y1 - size) * CELL;
    let champion = run.champion.as_ref().map(|champion| champion.variant);
    let n_right = cells.iter().filter(|cell| cell.confidence >= 1.0).count();
    html! {
        section {
            h2 { "The grid" }
            p.note {
                "Each cell keeps its best variant; " (cells.len()) " cells are taken, and in " (n_right)
                " of them the best is right in every case of selection. The champion's cell has a frame."
            }
            figure.chart.wide {
                figcaption { "Cycles of all trials across, size in bytes upwards" }
                div.scroll tabindex="0" role="group" aria-label="the grid" {
                    svg.map width=(wide) height=(high) viewBox=(format!("0 0 {wide} {high}")) role="img" aria-labelledby="grid-title grid-summary" {
                        title id="grid-title" { "Variants by size and cycles" }
                        desc id="grid-summary" { (cells.len()) " cells from " (count(least(y0))) " to " (count(least(y1 + 1) - 1)) " bytes and from " (count(least(x0))) " to " (count(least(x1 + 1) - 1)) " cycles." }
                        @for cycles in (x0..=x1).filter(|cycles| cycles % OCTAVE == 0 || x1 - x0 < OCTAVE) {
                            text.tick x=(x(cycles)) y=(high - BOTTOM + 17) text-anchor="middle" { (chart::short(least(cycles) as f64)) }
                        }
                        @for size in (y0..=y1).filter(|size| size % (OCTAVE / 2) == 0 || y1 - y0 < OCTAVE) {
                            text.tick x=(LEFT - 7) y=(y(size) + CELL + 4) text-anchor="end" { (chart::short(least(size) as f64)) }
                        }
                        text.axis x=(wide - 8) y=(high - 6) text-anchor="end" { "cycles" }
                        @for cell in cells {
                            rect x=(x(cell.cycles) + 1) y=(y(cell.size) + 1) width=(CELL - 2) height=(CELL - 2) rx="2"
                                class=(class_of(cell, champion))
                                fill-opacity=(format!("{:.2}", 0.12 + 0.88 * cell.confidence)) {
                                title {
                                    (count(least(cell.size))) " bytes or more, " (count(least(cell.cycles))) " cycles or more: variant " (cell.variant)
                                    (format!(", {:.1} % right, ", 100.0 * cell.confidence)) (cell.behaviours) @if cell.behaviours == 1 { " behaviour" } @else { " behaviours" }
                                }
                            }
                        }
                    }
                }
                ul.legend aria-hidden="true" {
                    li { i.whole {} "right in every case" }
                    li { i.part {} "the stronger, the more cases" }
                }
            }
        }
    }
}

fn class_of(cell: &CellV1, champion: Option<u64>) -> &'static str {
    match (cell.confidence >= 1.0, Some(cell.variant) == champion) {
        (true, false) => "cell whole",
        (true, true) => "cell whole crowned",
        (false, false) => "cell part",
        (false, true) => "cell part crowned",
    }
}

#[cfg(test)]
mod tests {
    use super::least;

    #[test]
    fn cells_begin_at_quarters_of_octaves() {
        assert_eq!([8, 9, 10, 11, 12, 13, 16].map(least), [4, 5, 6, 7, 8, 10, 16]);
        assert_eq!(least(u32::MAX), (1 << 60) + (3 << 58));
    }
}
