//! Tables that fit the terminal, and numbers that people can read.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use crate::io::Io;

/// How a column is set.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// Text, from the left.
    Left(&'static str),
    /// Numbers, from the right.
    Right(&'static str),
}

/// Lays out rows under a header, within the terminal's width where there is one.
pub(crate) fn render(io: &Io, columns: &[Column], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    match io.width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    let align = |column: &Column| match column {
        Column::Left(_) => CellAlignment::Left,
        Column::Right(_) => CellAlignment::Right,
    };
    let header = columns.iter().map(|column| match column {
        Column::Left(name) | Column::Right(name) => Cell::new(name).set_alignment(align(column)),
    });
    table.set_header(header);
    for row in rows {
        table.add_row(
            row.iter().zip(columns).map(|(cell, column)| Cell::new(cell).set_alignment(align(column))),
        );
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end().strip_prefix(' ').unwrap_or(line.trim_end()));
        text.push('\n');
    }
    text
}

/// A whole number with its thousands apart: `12,345`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of bytes, in the largest unit that leaves a whole number of tenths.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1024 => format!("{number} B"),
        1024..1_048_576 => format!("{:.1} KiB", number as f64 / 1024.0),
        _ => format!("{:.1} MiB", number as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn bytes_have_units() {
        assert_eq!([10, 1024, 1536, 2 << 20].map(bytes), ["10 B", "1.0 KiB", "1.5 KiB", "2.0 MiB"]);
    }
}
