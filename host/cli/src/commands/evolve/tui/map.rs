//! Where the members of all populations lie: cycles across, size upwards.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;

use super::view::{Place, QUARTERS};

/// Columns and rows that a cell takes at most, and the margin on the left for sizes.
const WIDEST: u32 = 8;
const HIGHEST: u32 = 3;
const MARGIN: u16 = 9;

/// From nothing right to everything right.
const SHADES: [char; 4] = ['\u{2591}', '\u{2592}', '\u{2593}', '\u{2588}'];

/// The map of members.
pub(super) struct Map<'a> {
    pub(super) places: &'a [Place],
    /// The parts of an octave that places are given in.
    pub(super) parts: u32,
}

/// How one axis is cut into buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    least: u32,
    /// Parts of octaves in a bucket.
    merged: u32,
    n_buckets: u32,
}

impl Axis {
    fn of(values: impl Iterator<Item = u32> + Clone, room: u32) -> Option<Self> {
        let (least, most) = (values.clone().min()?, values.max()?);
        let span = most - least + 1;
        let merged = span.div_ceil(room.max(1));
        Some(Self { least, merged, n_buckets: span.div_ceil(merged) })
    }

    fn bucket(self, value: u32) -> u32 {
        (value - self.least) / self.merged
    }

    /// Where a bucket begins, in plain numbers.
    fn begins(self, bucket: u32, parts: u32) -> String {
        let at = self.least + bucket * self.merged;
        let (octave, part) = (at / parts, f64::from(at % parts) / f64::from(parts));
        // The grid cuts its octaves evenly.
        let within = if parts == QUARTERS { 1.0 + part } else { 2f64.powf(part) };
        let value = within * 2f64.powi(octave as i32);
        match value {
            value if value >= 1e6 => format!("{:.1}M", value / 1e6),
            value if value >= 1e4 => format!("{:.1}k", value / 1e3),
            value => format!("{value:.0}"),
        }
    }
}

impl Widget for Map<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.width <= MARGIN + 4 || area.height < 3 {
            return;
        }
        let (room_x, room_y) = (u32::from(area.width - MARGIN), u32::from(area.height - 1));
        let x = Axis::of(self.places.iter().map(|place| place.cycles), room_x);
        let y = Axis::of(self.places.iter().map(|place| place.size), room_y);
        let (Some(x), Some(y)) = (x, y) else { return };
        let cell = (room_x / x.n_buckets).clamp(1, WIDEST);
        let high = (room_y / y.n_buckets).clamp(1, HIGHEST).min(cell.div_ceil(2));
        let bottom = area.bottom() - 2;
        // The best of a bucket is drawn last.
        let mut places: Vec<&Place> = self.places.iter().collect();
        places.sort_by(|a, b| a.is_champion.cmp(&b.is_champion).then(a.confidence.total_cmp(&b.confidence)));
        for place in places {
            let column = area.x + MARGIN + (x.bucket(place.cycles) * cell) as u16;
            let lowest = bottom - (y.bucket(place.size) * high) as u16;
            let shade = SHADES[((place.confidence * 3.999) as usize).min(SHADES.len() - 1)];
            let color = match place {
                Place { is_champion: true, .. } => Color::Yellow,
                Place { confidence, .. } if *confidence >= 1.0 => Color::Green,
                _ => Color::Blue,
            };
            let text: String = std::iter::repeat_n(shade, cell.saturating_sub(1).max(1) as usize).collect();
            for row in 0..high as u16 {
                buffer.set_string(column, lowest - row, &text, Style::new().fg(color));
            }
        }
        let soft = Style::new().fg(Color::DarkGray);
        for bucket in (0..y.n_buckets).step_by(if high > 1 { 1 } else { 2 }) {
            let label = format!("{:>7}", y.begins(bucket, self.parts));
            buffer.set_string(area.x, bottom - (bucket * high) as u16, label, soft);
        }
        let every = 12u32.div_ceil(cell) as usize;
        for bucket in (0..x.n_buckets).step_by(every) {
            let column = area.x + MARGIN + (bucket * cell) as u16;
            let label = x.begins(bucket, self.parts);
            if column + label.len() as u16 <= area.right() {
                buffer.set_string(column, area.bottom() - 1, label, soft);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_merge_where_there_is_no_room() {
        let axis = |room| Axis::of([40, 45, 59].into_iter(), room);
        assert_eq!(axis(20), Some(Axis { least: 40, merged: 1, n_buckets: 20 }));
        assert_eq!(axis(19), Some(Axis { least: 40, merged: 2, n_buckets: 10 }));
        assert_eq!(axis(0), Some(Axis { least: 40, merged: 20, n_buckets: 1 }));
        assert_eq!(Axis::of([].into_iter(), 9), None);
        assert_eq!(axis(20).map(|axis| axis.bucket(59)), Some(19));
        assert_eq!(axis(20).map(|axis| axis.begins(0, QUARTERS)).as_deref(), Some("1024"));
    }
}
