//! The greatest common divisor of two numbers: a genome of the world `program`.

flux_guest::program!(run);

/// Takes two numbers and returns one: their greatest common divisor, by Euclid's algorithm.
///
/// The divisor of 0 and 0 is 0. An input of any other length has no answer: the output is empty.
fn run(input: Vec<i64>) -> Vec<i64> {
    match input[..] {
        [a, b] => vec![gcd(a.unsigned_abs(), b.unsigned_abs()).cast_signed()],
        _ => Vec::new(),
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn two_numbers_have_a_divisor() {
        assert_eq!(run(vec![48, 36]), [12]);
        assert_eq!(run(vec![-9, 28]), [1]);
        assert_eq!(run(vec![0, 7]), [7]);
        assert_eq!(run(vec![0, 0]), [0]);
    }

    #[test]
    fn other_inputs_have_none() {
        assert_eq!(run(vec![]), []);
        assert_eq!(run(vec![1, 2, 3]), []);
    }
}
