//! The mean of the numbers that several answer: what `ROUTER: average` means, wherever an ecosystem runs.

/// Why answers have no mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMean {
    /// None of them has a number in it.
    #[error("no answer has a number to average")]
    NoNumber,
    /// It is 10^12 or more, or as far below zero: a double has no room for six places beside it.
    #[error("the average is too large")]
    TooLarge,
}

/// The mean of the last numbers in `answers`, with up to six places; answers without a number are left out.
///
/// # Errors
/// [`NoMean`].
pub fn mean<'a>(answers: impl IntoIterator<Item = &'a str>) -> Result<String, NoMean> {
    let numbers: Vec<f64> = answers.into_iter().filter_map(last_number).collect();
    if numbers.is_empty() {
        return Err(NoMean::NoNumber);
    }
    let mean = numbers.iter().fold(0.0, |sum, number| sum + number) / numbers.len() as f64;
    if mean.is_nan() || mean.abs() >= 1e12 {
        return Err(NoMean::TooLarge);
    }
    let millionths = (mean.abs() * 1e6).round_ties_even() as u64;
    let sign = if mean < 0.0 && millionths > 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// The last number in `text`: digits with single commas between them, perhaps a point and more digits, and perhaps a
/// sign right before, which no digit stands before (the last number of `10-12` is 12).
#[must_use]
pub fn last_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut last = None;
    let (mut at, mut end) = (0, None);
    while at < bytes.len() {
        if !is_digit(at) {
            at += 1;
            continue;
        }
        let is_negative = at > 0 && bytes[at - 1] == b'-' && end != Some(at - 1);
        let (mut value, mut scale) = (0.0, 1.0);
        let mut digits = |at: &mut usize, scale_by: f64| {
            while is_digit(*at) || (bytes.get(*at) == Some(&b',') && is_digit(*at + 1)) {
                if bytes[*at] != b',' {
                    value = value * 10.0 + f64::from(bytes[*at] - b'0');
                    scale *= scale_by;
                }
                *at += 1;
            }
        };
        digits(&mut at, 1.0);
        // A point counts if a digit comes after it.
        if bytes.get(at) == Some(&b'.') && is_digit(at + 1) {
            at += 1;
            digits(&mut at, 10.0);
        }
        last = Some(if is_negative { -(value / scale) } else { value / scale });
        end = Some(at);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::{NoMean, last_number, mean};

    #[test]
    fn the_last_number_counts() {
        for (text, number) in [
            ("17 times 24 is 408.", Some(408.0)),
            ("1,200", Some(1200.0)),
            ("1,2, 3", Some(3.0)),
            ("-3.5 or so", Some(-3.5)),
            ("from 10-12", Some(12.0)),
            ("a-1", Some(-1.0)),
            ("1.2.3", Some(3.0)),
            ("7.", Some(7.0)),
            ("none", None),
        ] {
            assert_eq!(last_number(text), number, "{text}");
        }
    }

    #[test]
    fn means_have_six_places_at_most() {
        assert_eq!(mean(["about 1,000.", "it is 3000", "no idea"]), Ok("2000".to_owned()));
        assert_eq!(mean(["1", "2", "2"]), Ok("1.666667".to_owned()));
        assert_eq!(mean(["-0.0000001"]), Ok("0".to_owned()));
        assert_eq!(mean(["none"]), Err(NoMean::NoNumber));
        assert_eq!(mean(["1000000000000"]), Err(NoMean::TooLarge));
        assert_eq!(mean(["9".repeat(400).as_str()]), Err(NoMean::TooLarge));
    }
}
